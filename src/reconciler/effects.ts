import { and, eq, getTableColumns, gt, sql } from "drizzle-orm";
import type { AnyEffectAction, EffectFailure, Settlement } from "../actions/define.ts";
import { definitionOf, knownAction } from "../actions/index.ts";
import { hostAsked } from "../attempts/hosts.ts";
import { releaseAttempt } from "../attempts/settle.ts";
import type { Tx } from "../db/client.ts";
import { attempts, type Effect, effects, type TickRecord } from "../db/schema.ts";
import { atMost, prepared, slot } from "../db/statements.ts";
import type { StepContext } from "../db/step.ts";
import { savepoint } from "../db/town-row.ts";
import { assert, Stale } from "../lib/guard.ts";
import { type Lane, MANY_CONNECTIONS, slotsOf } from "../lib/lane.ts";
import { clip, messageOf } from "../lib/text.ts";
import { DeadlineError, withDeadline } from "../ports/deadline.ts";
import { type Answer, OutOfReach, type Ports, type Send } from "../ports/ports.ts";
import { CODE_CHARS, MESSAGE_CHARS, patienceMs } from "../protocol/bounded.ts";
import { NOT_CONNECTED } from "../protocol/channel.ts";
import type { InFlight } from "./in-flight.ts";
import { type Launch, launchOf } from "./launch.ts";
import { MAX_EFFECT_TRIES } from "./limits.ts";
import type { Slots } from "./slots.ts";

/** An effect whose outcome is known. */
export interface Settled {
  launch: Launch;
  settlement: Settlement;
  of: Launched;
}

/** The effects that one tick has launched: with the last outcome it completes. */
export interface Launched {
  tick: number;
  startedAtMs: number;
  /** By the first pass of an incarnation. */
  first: boolean;
  /** How many have no outcome yet. */
  left: number;
}

function withEffect(action: string): AnyEffectAction {
  const def = definitionOf(action);
  assert(def.effect, `${action} has an effect row but no effect`);
  return def;
}

const effectOf = (action: string) => withEffect(action).effect;

/** An effect as it stands in its row: its payload is text until a release can read it. */
type Row = Omit<Effect, "payload"> & { payload: string };

const asText = { ...getTableColumns(effects), payload: sql<string>`${effects.payload}` };

const parsed = (row: Row): unknown => definitionOf(row.action).payload.parse(JSON.parse(row.payload));

/**
 * In the first pass of a new incarnation no effect runs, also where a row says so: their runner died with the one before.
 * They are due before all others, also before what has waited longer and was never begun, under the same fence; the host
 * knows whether it has heard of it.
 */
export function reviveOrphans(tx: Tx): void {
  tx.update(effects)
    .set({ dueAtMs: 0 })
    .where(and(gt(effects.tries, 0), gt(effects.dueAtMs, 0)))
    .run();
}

/** Those of the town's own host that run now may be among them, and as many again. */
const BATCH_OF_DUE = 4 * MANY_CONNECTIONS;

const someEffects = prepared((tx) => tx.select(asText).from(effects).limit(atMost(BATCH_OF_DUE)).prepare());

/** Were there more for each action and host, they would wait all the same. */
const EACH = 2 * Math.max(...Object.values(slotsOf(MANY_CONNECTIONS)));

/** The first that are due for each action and host: a thousand that hang hide nothing of the others. */
const firstOfEach = prepared((tx) => {
  const place = sql<number>`row_number() OVER (PARTITION BY ${effects.action}, ${attempts.hostId} ORDER BY ${effects.dueAtMs}, ${effects.id})`;
  const due = tx
    .select({ ...asText, payload: sql<string>`${effects.payload}`.as("text"), place: place.as("place") })
    .from(effects)
    .leftJoin(attempts, eq(attempts.fence, effects.fence))
    .where(sql`${effects.dueAtMs} <= ${slot("nowMs")}`)
    .as("due");
  return tx
    .select({
      id: due.id,
      action: due.action,
      payload: due.payload,
      fence: due.fence,
      tries: due.tries,
      dueAtMs: due.dueAtMs,
    })
    .from(due)
    .where(sql`${due.place} <= ${atMost(EACH)}`)
    .orderBy(due.dueAtMs, due.id)
    .prepare();
});

/** When the first is due of those that are not due yet: they are on their way, or were put off. */
const firstDue = prepared((tx) =>
  tx
    .select({ atMs: sql<number | null>`min(${effects.dueAtMs})` })
    .from(effects)
    .where(gt(effects.dueAtMs, slot("nowMs")))
    .prepare(),
);

export const nextEffectMs = (tx: Tx, nowMs: number): number | null => firstDue(tx).get({ nowMs })?.atMs ?? null;

/** It waits to be claimed. */
export interface Waiting extends Row {
  /** Null: not known. */
  lane: Lane | null;
}

/** What waits to be claimed, longest first; and when the next one is due. */
export function waitingEffects(
  tx: Tx,
  inFlight: InFlight,
  nowMs: number,
): { waiting: Waiting[]; isAll: boolean; nextMs: number | null } {
  const some = someEffects(tx).all();
  // Mostly there are few, and ordering them here reads no row twice.
  const isAll = some.length < BATCH_OF_DUE;
  const rows = isAll ? some.sort((a, b) => a.dueAtMs - b.dueAtMs || a.id - b.id) : firstOfEach(tx).all({ nowMs });
  const waiting = rows.filter(({ id, dueAtMs }) => dueAtMs <= nowMs && !inFlight.has(id));
  return {
    waiting: waiting.map((row) => ({ ...row, lane: laneOf(tx, row) })),
    isAll,
    nextMs: isAll ? (rows.find(({ dueAtMs }) => dueAtMs > nowMs)?.dueAtMs ?? null) : nextEffectMs(tx, nowMs),
  };
}

function laneOf(tx: Tx, row: Row): Lane | null {
  const { kind, effect } = (knownAction(row.action) ?? {}) as Partial<AnyEffectAction>;
  if (!kind || !effect) return null;
  if (!effect.laneOf) return { kind, host: hostAsked(tx, row.fence) };
  try {
    return { kind, host: effect.laneOf(parsed(row)) };
  } catch {
    return null; // it is given up as it is claimed
  }
}

interface Claimed {
  launches: Launch[];
  /** Some could not be launched, and their attempts were rolled back: there may be more to plan. */
  rolledBack: boolean;
  /** Slots are free, and there may be more to take. */
  more: boolean;
  /** What is launched, or waits on. */
  stillWaiting: ReadonlySet<number>;
}

/** Takes due effects to run, as many as there are slots for. Their due time becomes their dead-man. */
export function claimEffects(tx: Tx, slots: Slots, inFlight: InFlight, ctx: StepContext): Claimed {
  const launches: Launch[] = [];
  const { waiting, isAll } = waitingEffects(tx, inFlight, ctx.nowMs);
  const stillWaiting = new Set(waiting.map(({ id }) => id));
  let rolledBack = false;
  // What can't be launched takes no slot from what can.
  for (const { lane, ...row } of waiting) {
    if (lane && slots.left(lane) === 0) continue;
    const claim = claimEffect(tx, row, ctx);
    if (typeof claim === "string") {
      stillWaiting.delete(row.id);
      rolledBack ||= claim === "rolled back";
      continue;
    }
    slots.take(claim);
    launches.push(claim);
  }
  return { launches, rolledBack, more: stillWaiting.size < waiting.length && !isAll, stillWaiting };
}

function claimEffect(tx: Tx, row: Row, ctx: StepContext): Launch | "rolled back" | "stale" {
  if (row.tries >= MAX_EFFECT_TRIES) {
    const message = `given up after ${row.tries} tries that all ended with the town's own restart`;
    const cause = { kind: "lost" as const, code: "runner_died", message };
    settleEffect(tx, row.id, { accepted: false, answer: null, failure: { cause, uncertain: true } }, ctx);
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
    return savepoint(tx, (inner) => claimed(inner, row, payload, ctx));
  } catch (error) {
    if (!(error instanceof Stale)) throw error;
    tx.delete(effects).where(eq(effects.id, row.id)).run();
    return "stale";
  }
}

const begin = prepared((tx) =>
  tx
    .update(effects)
    .set({ tries: slot("tries"), dueAtMs: slot("dueAtMs") })
    .where(eq(effects.id, slot("id")))
    .prepare(),
);

function claimed(tx: Tx, { id, action, fence, tries }: Row, payload: unknown, ctx: StepContext): Launch {
  const launch = launchOf(tx, withEffect(action), { id, action, fence, payload, tries }, ctx);
  begin(tx).run({ id, tries: tries + 1, dueAtMs: launch.deadManMs });
  return launch;
}

/** An effect that can't be read holds up no other: its attempt is rolled back by its fence alone, and tried again anew. */
function giveUpBroken(tx: Tx, { id, action, fence }: Row, why: string, ctx: StepContext): void {
  tx.delete(effects).where(eq(effects.id, id)).run();
  if (knownAction(action)?.effect?.bestEffort) return;
  const cause = { kind: "refused" as const, code: "effect_broken", message: `its ${action} could not be read: ${why}` };
  try {
    savepoint(tx, (inner) => releaseAttempt(inner, fence, { cause, uncertain: true }, ctx));
  } catch (error) {
    if (!(error instanceof Stale)) throw error; // a stop has no attempt to roll back: it is planned again
  }
}

/** Runs one effect to its outcome. Never rejects, and never outlives its deadline. */
export async function runEffect(launch: Launch, ports: Ports, send: Send): Promise<Settlement> {
  try {
    const reply = await withDeadline(
      (signal) => effectOf(launch.action).run(ports, launch.input, signal, send),
      launch.deadlineMs,
      ports.clock,
    );
    return settlementOf(reply, launch);
  } catch (error) {
    const message = messageOf(error);
    const known = error instanceof OutOfReach ? error : null;
    const cause =
      error instanceof DeadlineError
        ? { kind: "timed_out" as const, code: "deadline", message }
        : { kind: "unreachable" as const, code: known?.code ?? "rejected", message };
    return settledAs({ cause, retryAfterMs: known?.retryAfterMs, uncertain: true });
  }
}

function settlementOf(reply: Answer, { isAgain }: Launch): Settlement {
  const answer = typeof reply === "boolean" ? { accepted: reply } : reply;
  const { accepted, code, message, retryAfterMs } = answer;
  if (accepted) return { accepted, answer: { ...answer, accepted } };
  const why = message || "the host refused and gave no reason";
  const cause = { kind: "refused" as const, code: code ?? "refused", message: why };
  // Of an earlier request, of an incarnation that is no more, that is not known.
  const uncertain = isAgain && code === NOT_CONNECTED;
  return settledAs({ cause, retryAfterMs, uncertain }, answer);
}

/** However much an adapter lets through, what is settled fits a row. */
function settledAs(failure: EffectFailure, answer: Exclude<Answer, boolean> | null = null): Settlement {
  const { retryAfterMs, uncertain } = failure;
  const { kind, code, message } = failure.cause;
  const cause = { kind, code: clip(code, CODE_CHARS), message: clip(message, MESSAGE_CHARS) };
  const waitMs = retryAfterMs === undefined || Number.isNaN(retryAfterMs) ? undefined : patienceMs(retryAfterMs);
  return { accepted: false, answer, failure: { cause, retryAfterMs: waitMs, uncertain } };
}

const take = prepared((tx) =>
  tx
    .delete(effects)
    .where(eq(effects.id, slot("id")))
    .returning(asText)
    .prepare(),
);

/** Settles or rolls back, once: the row goes in the same transaction, and no row means that it was settled or withdrawn. */
export function settleEffect(tx: Tx, id: number, settlement: Settlement, ctx: StepContext, asked?: Launch): void {
  if (asked) effectOf(asked.action).hear?.(tx, asked.host, settlement, ctx);
  const row = take(tx).get({ id });
  if (!row) return;
  const effect = effectOf(row.action);
  try {
    savepoint(tx, (inner) => {
      if (settlement.accepted) effect.settle(inner, parsed(row), row.fence, ctx, settlement.answer);
      else effect.rollback(inner, parsed(row), row.fence, settlement.failure, ctx);
    });
  } catch (error) {
    if (!(error instanceof Stale)) throw error; // stale: a newer report or command came first
  }
}

/** What came of the effect that brought a tick about, in one word. */
export function recordOf({ launch, settlement }: Settled): TickRecord["settled"][number] {
  const outcome = settlement.accepted ? "accepted" : settlement.failure.cause.kind;
  return { action: launch.action, fence: launch.fence, outcome };
}
