import { type Action, definitionOf } from "../actions/index.ts";
import type { Tx } from "../db/client.ts";
import { effects } from "../db/schema.ts";
import { prepared, slot } from "../db/statements.ts";
import type { StepContext } from "../db/step.ts";
import { countUp, savepoint } from "../db/town-row.ts";
import { Stale } from "../lib/guard.ts";
import { messageOf } from "../lib/text.ts";
import { type Launch, launchOf } from "./launch.ts";
import type { Slots } from "./slots.ts";

export interface Applied {
  applied: Action[];
  /** Planned on what was true a moment ago. Quiet. */
  stale: { action: Action; reason: string }[];
  /** Our bugs, or a broken row: unwound alone, so that they stop nothing else. */
  failed: { action: Action; reason: string }[];
  /** Effects that go out as soon as this is committed. */
  launches: Launch[];
  /** Others wait for a slot. */
  waits: boolean;
}

/**
 * Each action in its own savepoint. Effects become rows here and never run here.
 * @param slots an effect is claimed as it is written while there is one for it; stops and messages wait their turn otherwise, and a
 * start or a landing is not even claimed
 */
export function applyPlan(tx: Tx, plan: readonly Action[], ctx: StepContext, slots: Slots): Applied {
  const result: Applied = { applied: [], stale: [], failed: [], launches: [], waits: false };
  for (const action of plan) {
    try {
      const launch = savepoint(tx, (inner) => applyOne(inner, action, ctx, slots));
      if (launch) {
        slots.take(launch);
        result.launches.push(launch);
      } else if (definitionOf(action.type).effect) result.waits = true;
      result.applied.push(action);
    } catch (error) {
      if (error instanceof Stale) result.stale.push({ action, reason: error.message });
      else result.failed.push({ action, reason: messageOf(error) });
    }
  }
  return result;
}

const ask = prepared((tx) =>
  tx
    .insert(effects)
    .values({
      id: slot("id"),
      action: slot<string>("action"),
      payload: slot("payload"),
      fence: slot("fence"),
      tries: slot("tries"),
      dueAtMs: slot("dueAtMs"),
    })
    .prepare(),
);

function applyOne(tx: Tx, { type, ...payload }: Action, ctx: StepContext, slots: Slots): Launch | null {
  const def = definitionOf(type);
  if (!def.effect) {
    def.apply(tx, payload, ctx);
    return null;
  }
  const { fence, input } = def.apply(tx, payload, ctx);
  const row = { action: type, payload, fence, id: countUp(tx, "lastEffect") };
  const launch = launchOf(tx, def, { ...row, tries: 0 }, ctx, input);
  const goesOut = slots.left(launch) > 0;
  ask(tx).run({ ...row, tries: goesOut ? 1 : 0, dueAtMs: goesOut ? launch.deadManMs : ctx.nowMs });
  return goesOut ? launch : null;
}
