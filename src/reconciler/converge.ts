import { type Action, isBeginningAction, targetOf } from "../actions/index.ts";
import { claimLeaseMs } from "../attempts/claim.ts";
import type { Tx } from "../db/client.ts";
import type { TickRecord } from "../db/schema.ts";
import type { StepContext } from "../db/step.ts";
import type { Lane } from "../lib/lane.ts";
import { earliest } from "../lib/time.ts";
import type { Refused } from "./allowance.ts";
import { applyPlan } from "./apply.ts";
import { gateNamed } from "./gates/index.ts";
import type { Launch } from "./launch.ts";
import { BATCH, MAX_ROUNDS, SPINNING_TIMES } from "./limits.ts";
import { loadSnapshot } from "./load.ts";
import { type Plan, planTown } from "./plan.ts";
import type { RepeatBook } from "./repeats.ts";
import type { Slots } from "./slots.ts";
import type { Snapshot, WakeInputs } from "./types.ts";

export interface Converged {
  actions: TickRecord["actions"];
  /** What would have begun, at the end, were it not for a gate. */
  refused: Refused[];
  unfinished: boolean;
  /** Effects that were claimed as they were written. */
  launches: Launch[];
  /** Effects were written for which there was no slot. */
  waits: boolean;
  /** As last seen; null: more was done since. */
  wakeInputs: WakeInputs | null;
}

/**
 * Plans and applies until nothing is planned: what one action frees, the next round can use.
 * @param slots those that no earlier effect waits for; what goes out takes them
 */
export function converge(tx: Tx, step: StepContext, book: RepeatBook, slots: Slots): Converged {
  const ctx = { ...step, mayAsk: (lane: Lane) => slots.left(lane) > 0 };
  const actions: TickRecord["actions"] = [];
  const launches: Launch[] = [];
  let refused: Refused[] = [];
  let waits = false;
  const note = (action: Action, outcome: "applied" | "stale" | "failed", why?: string) =>
    actions.push({ action: action.type, target: targetOf(action), outcome, ...(why && { why }) });
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const snapshot = loadSnapshot(tx, ctx, book, slots);
    const planned = planTown(snapshot);
    const plan = planned.actions.filter((action) => !book.isThrottled(action.type, targetOf(action)));
    refused = planned.refused;
    if (plan.length === 0) return { actions, refused, unfinished: false, launches, waits, wakeInputs: snapshot.wake };
    const { applied, stale, failed, ...done } = applyPlan(tx, plan, ctx, slots);
    launches.push(...done.launches);
    waits ||= done.waits;
    for (const action of applied) {
      note(action, "applied");
      book.applied(action);
    }
    for (const { action, reason } of stale) {
      note(action, "stale", reason);
      book.cameToNothing(action, reason, SPINNING_TIMES - 1, ctx.random());
    }
    for (const { action, reason } of failed) {
      note(action, "failed", reason);
      book.cameToNothing(action, reason, 0, ctx.random());
    }
    const isDone = isAll(snapshot, planned) && applied.length === plan.length;
    // What failed is throttled, which may free an agent; what is stale would only be planned again.
    if (isDone) {
      const wakeInputs = afterStarts(snapshot.wake, refused.length > 0, ctx);
      return { actions, refused, unfinished: false, launches, waits, wakeInputs };
    }
    if (applied.length + failed.length === 0)
      return { actions, refused, unfinished: false, launches, waits, wakeInputs: null };
  }
  return { actions, refused, unfinished: true, launches, waits, wakeInputs: null };
}

/** What starts change of what was seen: no more agents need attention, and what begins has the lease of a claim. */
function afterStarts(
  { live, coolMs, unsettledRigs, unsettledAfterStarts }: WakeInputs,
  isLeft: boolean,
  { nowMs, settings }: StepContext,
): WakeInputs {
  const leaseMs = earliest(live.leaseMs, nowMs + claimLeaseMs(settings));
  const rigs = { unsettledRigs: isLeft ? unsettledRigs : unsettledAfterStarts, unsettledAfterStarts };
  return { live: { ...live, leaseMs }, coolMs, ...rigs };
}

/**
 * Nothing but starts, all that there were, or as many as there are slots for: they free no agent, so another round would find
 * nothing.
 */
function isAll({ idle, hooked, landable, landsMore }: Snapshot, { actions, refused }: Plan): boolean {
  const isCut = Math.max(idle.length, hooked.length, landable.length) >= BATCH;
  const isFull = refused.every(({ gate }) => gateNamed(gate.name)?.isQueue);
  return !isCut && !landsMore && isFull && actions.every(isBeginningAction);
}
