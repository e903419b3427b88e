import type { Action } from "../actions/index.ts";
import type { StepContext } from "../db/attempts/context.ts";
import type { Tx } from "../db/client.ts";
import type { TickRecord } from "../db/schema.ts";
import type { Refused } from "./allowance.ts";
import { applyPlan } from "./apply.ts";
import { BATCH, MAX_ROUNDS, SPINNING_TIMES } from "./limits.ts";
import { loadSnapshot } from "./load.ts";
import { type Plan, planTown } from "./plan.ts";
import { type RepeatBook, targetOf } from "./repeats.ts";
import type { Snapshot } from "./types.ts";

export interface Converged {
  actions: TickRecord["actions"];
  /** What would have begun, at the end, were it not for a gate. */
  refused: Refused[];
  unfinished: boolean;
}

/** Plans and applies until nothing is planned: what one action frees, the next round can use. */
export function converge(tx: Tx, ctx: StepContext, book: RepeatBook): Converged {
  const actions: TickRecord["actions"] = [];
  let refused: Refused[] = [];
  const note = (action: Action, outcome: "applied" | "stale" | "failed", why?: string) =>
    actions.push({ action: action.type, target: targetOf(action), outcome, ...(why && { why }) });
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const snapshot = loadSnapshot(tx, ctx, book);
    const planned = planTown(snapshot);
    const plan = planned.actions.filter((action) => !book.isHeld(action.type, targetOf(action)));
    refused = planned.refused;
    if (plan.length === 0) return { actions, refused, unfinished: false };
    const { applied, stale, failed } = applyPlan(tx, plan, ctx);
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
    if (isAll(snapshot, planned) && applied.length === plan.length) return { actions, refused, unfinished: false };
    // What failed is held back, which may free an agent; what is stale would only be planned again.
    if (applied.length + failed.length === 0) return { actions, refused, unfinished: false };
  }
  return { actions, refused, unfinished: true };
}

/** Nothing but starts, all that there were: they free nobody, so another round would find nothing. */
function isAll({ idle, hooked, landable }: Snapshot, { actions, refused }: Plan): boolean {
  const isCut = Math.max(idle.length, hooked.length, landable.length) >= BATCH;
  return (
    !isCut && refused.length === 0 && actions.every(({ type }) => type === "dispatch_agent" || type === "land_bead")
  );
}
