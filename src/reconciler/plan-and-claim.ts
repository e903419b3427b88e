/** The middle of a pass: what should change is planned and applied, and what is to be asked of the outside is claimed. */

import type { Tx } from "../db/client.ts";
import type { StepContext } from "../db/step.ts";
import { earliest } from "../lib/time.ts";
import { type Converged, converge } from "./converge.ts";
import { claimEffects, nextEffectMs, waitingEffects } from "./effects.ts";
import { gateNamed } from "./gates/index.ts";
import type { InFlight } from "./in-flight.ts";
import type { RepeatBook } from "./repeats.ts";
import { type WithdrawnEffect, withdrawShut } from "./withdraw-shut.ts";

export const nothing: Planned = {
  actions: [],
  refused: [],
  unfinished: false,
  launches: [],
  waits: false,
  withdrawn: [],
  rolledBack: false,
  wakeInputs: null,
  effectMs: null,
  queued: false,
};

export interface Planned extends Converged {
  withdrawn: readonly WithdrawnEffect[];
  rolledBack: boolean;
  /** When the first effect is due that is not due yet. */
  effectMs: number | null;
  /** Something waits for a slot. */
  queued: boolean;
}

/**
 * Takes back what has not left and may not any more; plans, and claims what is due: what is planned goes out at once, unless
 * something has waited longer. What could not be claimed was rolled back, so that is planned for once more; so is
 * what a slot was kept from, for something that has gone meanwhile.
 */
export function planAndClaim(tx: Tx, ctx: StepContext, book: RepeatBook, inFlight: InFlight): Planned {
  const released = new Set<number>();
  const planned = claimAll(tx, { ...ctx, released: (fence) => released.add(fence) }, book, inFlight);
  // The plan gives up whose lease is over, also while its request is being prepared once more.
  const given = inFlight.unsent().filter(({ fence }) => released.has(fence));
  return { ...planned, withdrawn: [...planned.withdrawn, ...given.map(({ id }) => ({ id, why: "it was given up" }))] };
}

function claimAll(tx: Tx, ctx: StepContext, book: RepeatBook, inFlight: InFlight): Planned {
  const first = waitingEffects(tx, inFlight, ctx.nowMs);
  const withdrawn = withdrawShut(tx, inFlight, first.waiting, ctx);
  const gone = new Set(withdrawn.map(({ id }) => id));
  const waiting = first.waiting.filter(({ id }) => !gone.has(id));
  // Each that waits keeps a slot of its lane from what is new.
  const left = inFlight.slotsBeside(waiting.flatMap(({ lane }) => lane ?? []));
  const planned = converge(tx, ctx, book, left);
  // One that is out may have the last place of its host, as it may have the last slot.
  const queued = planned.refused.some(({ gate }) => gateNamed(gate.name)?.isQueue);
  if (waiting.length === 0 && first.isAll) {
    const effectMs = earliest(first.nextMs, inFlight.endsAtMs(), ...planned.launches.map(({ deadManMs }) => deadManMs));
    return { ...planned, withdrawn, rolledBack: gone.size > 0, effectMs, queued: queued || planned.waits };
  }
  const claimed = claimEffects(tx, inFlight.slotsBeside(planned.launches), inFlight, ctx);
  const launches = [...planned.launches, ...claimed.launches];
  const rolledBack = claimed.rolledBack || gone.size > 0;
  // Some of what waited is gone, in the plan or as it was claimed: what wants to begin may have the slot that was kept for it.
  const isLeft = (queued || planned.waits) && waiting.some(({ id }) => !claimed.stillWaiting.has(id));
  if (!claimed.rolledBack && !isLeft) {
    const unfinished = planned.unfinished || claimed.more;
    const effectMs = earliest(nextEffectMs(tx, ctx.nowMs), inFlight.endsAtMs());
    return { ...planned, unfinished, launches, withdrawn, rolledBack, effectMs, queued: true };
  }
  const again = converge(tx, ctx, book, inFlight.slotsBeside(launches));
  return {
    actions: [...planned.actions, ...again.actions],
    refused: again.refused,
    unfinished: again.unfinished || claimed.more,
    launches: [...launches, ...again.launches],
    withdrawn,
    rolledBack,
    waits: again.waits,
    wakeInputs: null,
    effectMs: earliest(nextEffectMs(tx, ctx.nowMs), inFlight.endsAtMs()),
    queued: true,
  };
}
