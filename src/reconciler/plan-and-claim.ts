/** The middle of a pass: what should change is planned and applied, and what is to be asked of the outside is claimed. */
import type { StepContext } from "../db/attempts/context.ts";
import type { Tx } from "../db/client.ts";
import { earliest } from "../lib/time.ts";
import { type Converged, converge } from "./converge.ts";
import { claimEffects, nextEffectMs, waitingEffects } from "./effects.ts";
import { MAX_EFFECTS_IN_FLIGHT } from "./limits.ts";
import type { RepeatBook } from "./repeats.ts";

export const nothing: Planned = {
  actions: [],
  refused: [],
  unfinished: false,
  launches: [],
  rolledBack: false,
  sleepers: null,
  effectMs: null,
  queued: false,
};

export interface Planned extends Converged {
  rolledBack: boolean;
  /** When the first effect is due that is not due yet. */
  effectMs: number | null;
  queued: boolean;
}

/**
 * Plans, and claims what is due: what is planned goes out at once, unless something has waited longer. What could not be
 * claimed was rolled back, so that is planned for once more.
 */
export function planAndClaim(tx: Tx, ctx: StepContext, book: RepeatBook, running: ReadonlySet<number>): Planned {
  const slots = MAX_EFFECTS_IN_FLIGHT - running.size;
  const { waiting, nextMs } = waitingEffects(tx, running, ctx.nowMs);
  if (waiting.length === 0) {
    const planned = converge(tx, ctx, book, slots);
    const effectMs = earliest(nextMs, ...planned.launches.map(({ deadManMs }) => deadManMs));
    return { ...planned, rolledBack: false, effectMs, queued: planned.launches.length >= slots };
  }
  const first = converge(tx, ctx, book, 0);
  const { launches, rolledBack, more } = claimEffects(tx, slots, running, ctx);
  if (!rolledBack) {
    const unfinished = first.unfinished || more;
    return { ...first, unfinished, launches, rolledBack, effectMs: nextEffectMs(tx, ctx.nowMs), queued: true };
  }
  const second = converge(tx, ctx, book, 0);
  const again = claimEffects(tx, slots - launches.length, running, ctx);
  return {
    actions: [...first.actions, ...second.actions],
    refused: second.refused,
    unfinished: second.unfinished || again.rolledBack || again.more,
    launches: [...launches, ...again.launches],
    rolledBack,
    sleepers: null,
    effectMs: nextEffectMs(tx, ctx.nowMs),
    queued: true,
  };
}
