import type { EffectAction, PlainAction } from "../actions/define.ts";
import { type Action, actions } from "../actions/index.ts";
import type { StepContext } from "../db/attempts/context.ts";
import type { Tx } from "../db/client.ts";
import { prepared, slot } from "../db/prepared.ts";
import { effects } from "../db/schema.ts";
import { countUp, savepoint } from "../db/town.ts";
import { Stale } from "../lib/guard.ts";
import { messageOf } from "../lib/text.ts";
import { type Launch, launchOf } from "./launch.ts";

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
  /** Effects that go out as soon as this is committed. */
  launches: Launch[];
}

/**
 * Each action in its own savepoint. Effects become rows here and never run here.
 * @param slots so many effects may be claimed as they are written; the others wait their turn
 */
export function applyPlan(tx: Tx, plan: readonly Action[], ctx: StepContext, slots: number): Applied {
  const result: Applied = { applied: [], stale: [], failed: [], launches: [] };
  for (const action of plan) {
    try {
      const launch = savepoint(tx, (inner) => applyOne(inner, action, ctx, result.launches.length < slots));
      if (launch) result.launches.push(launch);
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

function applyOne(tx: Tx, { type, ...payload }: Action, ctx: StepContext, goesOut: boolean): Launch | null {
  const def = definitionOf(type);
  if (!def.effect) {
    def.apply(tx, payload, ctx);
    return null;
  }
  const { fence, input } = def.apply(tx, payload, ctx);
  const row = { action: type, payload, fence, id: countUp(tx, "lastEffect") };
  const launch = goesOut ? launchOf(tx, def.effect, row, ctx, input) : null;
  ask(tx).run({ ...row, tries: launch ? 1 : 0, dueAtMs: launch?.deadManMs ?? ctx.nowMs });
  return launch;
}
