import type { EffectAction, PlainAction } from "../actions/define.ts";
import { type Action, actions } from "../actions/index.ts";
import type { StepContext } from "../db/attempts/context.ts";
import type { Tx } from "../db/client.ts";
import { prepared, slot } from "../db/prepared.ts";
import { effects } from "../db/schema.ts";
import { Stale } from "../lib/guard.ts";
import { messageOf } from "../lib/text.ts";

type AnyAction = PlainAction<string, unknown> | EffectAction<string, unknown, unknown>;

/** The definition behind a type read from a row; its payload is parsed before it is used. */
export function definitionOf(type: string): AnyAction {
  const def = (actions as unknown as Record<string, AnyAction | undefined>)[type];
  if (!def) throw new Error(`no action is called ${type}`);
  return def;
}

export interface Applied {
  applied: Action[];
  /** Planned on what was true a moment ago. Quiet. */
  stale: { action: Action; reason: string }[];
  /** Our bugs, or a broken row: unwound alone, so that they stop nothing else. */
  failed: { action: Action; reason: string }[];
}

/** Each action in its own savepoint. Effects become rows here and never run here. */
export function applyPlan(tx: Tx, plan: readonly Action[], ctx: StepContext): Applied {
  const result: Applied = { applied: [], stale: [], failed: [] };
  for (const action of plan) {
    try {
      tx.transaction((savepoint) => applyOne(savepoint as unknown as Tx, action, ctx));
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
    .values({ action: slot<string>("action"), payload: slot("payload"), fence: slot("fence"), dueAtMs: slot("nowMs") })
    .prepare(),
);

function applyOne(tx: Tx, { type, ...payload }: Action, ctx: StepContext): void {
  const def = definitionOf(type);
  if (!def.effect) {
    def.apply(tx, payload, ctx);
    return;
  }
  const fence = def.apply(tx, payload, ctx);
  ask(tx).run({ action: type, payload, fence, nowMs: ctx.nowMs });
}
