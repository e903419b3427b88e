import { and, eq, getTableColumns, gt, lte, sql } from "drizzle-orm";
import type { EffectDef, EffectFailure } from "../actions/define.ts";
import { actions } from "../actions/index.ts";
import type { StepContext } from "../db/attempts/context.ts";
import { releaseAttempt } from "../db/attempts/hold.ts";
import type { Tx } from "../db/client.ts";
import { atMost, prepared, slot } from "../db/prepared.ts";
import { type Effect, effects } from "../db/schema.ts";
import { assert, Stale } from "../lib/guard.ts";
import { messageOf } from "../lib/text.ts";
import { DeadlineError, withDeadline } from "../ports/deadline.ts";
import { type HostReply, OutOfReach, type Ports } from "../ports/ports.ts";
import { definitionOf } from "./apply.ts";
import { DEAD_MAN_GRACE_MS, MAX_EFFECT_TRIES, MAX_EFFECTS_IN_FLIGHT } from "./limits.ts";

/** An effect about to run: everything it needs, read in the transaction that claimed it. */
export interface Launch {
  id: number;
  action: string;
  fence: number;
  input: unknown;
  deadlineMs: number;
}

/** What came of an effect. */
export type Settlement = { accepted: true; bootId: string | null } | { accepted: false; failure: EffectFailure };

/** An effect whose outcome is known. */
export interface Settled {
  launch: Launch;
  settlement: Settlement;
}

function effectOf(action: string): EffectDef<unknown, unknown> {
  const { effect } = definitionOf(action);
  assert(effect, `${action} has an effect row but no effect`);
  return effect;
}

/** An effect as it stands in its row: its payload is text until somebody can read it. */
type Row = Omit<Effect, "payload"> & { payload: string };

const asText = { ...getTableColumns(effects), payload: sql<string>`${effects.payload}` };

const parsed = (row: Row): unknown => definitionOf(row.action).payload.parse(JSON.parse(row.payload));

/**
 * In the first pass of a new incarnation no effect runs, whatever the rows say: their runner died with the one before.
 * They are due before all others, also before what has waited longer and was never begun, under the same fence; the host
 * knows whether it has heard of it.
 */
export function reviveOrphans(tx: Tx): void {
  tx.update(effects)
    .set({ dueAtMs: 0 })
    .where(and(gt(effects.tries, 0), gt(effects.dueAtMs, 0)))
    .run();
}

/** Those that run now may be among them. */
const BATCH_OF_DUE = 2 * MAX_EFFECTS_IN_FLIGHT;

const dueEffects = prepared((tx) =>
  tx
    .select(asText)
    .from(effects)
    .where(lte(effects.dueAtMs, slot("nowMs")))
    .orderBy(effects.dueAtMs, effects.id)
    .limit(atMost(BATCH_OF_DUE))
    .prepare(),
);

export interface Claimed {
  launches: Launch[];
  /** Some could not be launched, and their attempts were rolled back: there may be more to plan. */
  rolledBack: boolean;
  /** Slots are free, and there may be more to take. */
  more: boolean;
}

/** Takes up to `slots` due effects to run. Their due time becomes their dead-man. */
export function claimEffects(tx: Tx, slots: number, running: ReadonlySet<number>, ctx: StepContext): Claimed {
  const launches: Launch[] = [];
  if (slots <= 0) return { launches, rolledBack: false, more: false };
  const due = dueEffects(tx).all({ nowMs: ctx.nowMs });
  let rolledBack = false;
  // What can't be launched takes no slot from what can.
  for (const row of due) {
    if (launches.length >= slots) break;
    if (running.has(row.id)) continue;
    const claim = claimEffect(tx, row, ctx);
    if (claim === "rolled back") rolledBack = true;
    else if (claim !== "withdrawn") launches.push(claim);
  }
  return { launches, rolledBack, more: launches.length < slots && due.length === BATCH_OF_DUE };
}

function claimEffect(tx: Tx, row: Row, ctx: StepContext): Launch | "rolled back" | "withdrawn" {
  if (row.tries >= MAX_EFFECT_TRIES) {
    const message = `given up after ${row.tries} tries that all ended with the town's own restart`;
    const cause = { kind: "lost" as const, code: "runner_died", message };
    settleEffect(tx, row.id, { accepted: false, failure: { cause, uncertain: true } }, ctx);
    return "rolled back";
  }
  let payload: unknown;
  try {
    payload = parsed(row);
  } catch (error) {
    giveUpBroken(tx, row, messageOf(error), ctx);
    return "rolled back";
  }
  try {
    return tx.transaction((savepoint) => launchOf(savepoint as unknown as Tx, row, payload, ctx));
  } catch (error) {
    if (!(error instanceof Stale)) throw error;
    tx.delete(effects).where(eq(effects.id, row.id)).run();
    return "withdrawn";
  }
}

const begin = prepared((tx) =>
  tx
    .update(effects)
    .set({ tries: slot("tries"), dueAtMs: slot("dueAtMs") })
    .where(eq(effects.id, slot("id")))
    .prepare(),
);

function launchOf(tx: Tx, { id, action, fence, tries }: Row, payload: unknown, ctx: StepContext): Launch {
  const effect = effectOf(action);
  const deadlineMs = effect.deadlineMs(ctx);
  const input = effect.prepare(tx, payload, fence, ctx);
  begin(tx).run({ id, tries: tries + 1, dueAtMs: ctx.nowMs + deadlineMs + DEAD_MAN_GRACE_MS });
  return { id, action, fence, input, deadlineMs };
}

/** An effect that can't be read holds up nobody: its attempt is rolled back by its fence alone, and tried again anew. */
function giveUpBroken(tx: Tx, { id, action, fence }: Row, why: string, ctx: StepContext): void {
  tx.delete(effects).where(eq(effects.id, id)).run();
  if (Object.hasOwn(actions, action) && effectOf(action).aside) return;
  const cause = { kind: "refused" as const, code: "effect_broken", message: `its ${action} could not be read: ${why}` };
  try {
    tx.transaction((savepoint) => releaseAttempt(savepoint as unknown as Tx, fence, { cause, uncertain: true }, ctx));
  } catch (error) {
    if (!(error instanceof Stale)) throw error; // a stop has no attempt to roll back: it is planned again
  }
}

/** Runs one effect to its outcome. Never rejects, and never outlives its deadline. */
export async function runEffect(launch: Launch, ports: Ports): Promise<Settlement> {
  try {
    const reply = await withDeadline(
      (signal) => effectOf(launch.action).run(ports, launch.input, signal),
      launch.deadlineMs,
      ports.clock,
    );
    return settlementOf(reply);
  } catch (error) {
    const message = messageOf(error);
    const known = error instanceof OutOfReach ? error : null;
    const cause =
      error instanceof DeadlineError
        ? { kind: "timed_out" as const, code: "deadline", message }
        : { kind: "unreachable" as const, code: known?.code ?? "rejected", message };
    return { accepted: false, failure: { cause, retryAfterMs: known?.retryAfterMs, uncertain: true } };
  }
}

function settlementOf(reply: HostReply): Settlement {
  const { accepted, bootId, code, message, retryAfterMs } = typeof reply === "boolean" ? { accepted: reply } : reply;
  if (accepted) return { accepted, bootId: bootId ?? null };
  const cause = {
    kind: "refused" as const,
    code: code ?? "refused",
    message: message || "the host refused and gave no reason",
  };
  return { accepted, failure: { cause, retryAfterMs, uncertain: false } };
}

const take = prepared((tx) =>
  tx
    .delete(effects)
    .where(eq(effects.id, slot("id")))
    .returning(asText)
    .prepare(),
);

/** Settles or rolls back, once: the row goes in the same transaction, and no row means that it was settled or withdrawn. */
export function settleEffect(tx: Tx, id: number, settlement: Settlement, ctx: StepContext): void {
  const row = take(tx).get({ id });
  if (!row) return;
  const effect = effectOf(row.action);
  try {
    tx.transaction((savepoint) => {
      if (settlement.accepted)
        effect.settle(savepoint as unknown as Tx, parsed(row), row.fence, ctx, settlement.bootId);
      else effect.rollback(savepoint as unknown as Tx, parsed(row), row.fence, settlement.failure, ctx);
    });
  } catch (error) {
    if (!(error instanceof Stale)) throw error; // stale: somebody knew better, faster
  }
}
