import { and, eq, isNull, lte, sql } from "drizzle-orm";
import { type CommandFact, commandOf } from "../commands/index.ts";
import { actingFor } from "../db/acting.ts";
import type { Tx } from "../db/client.ts";
import { trimQuarantine } from "../db/quarantine.ts";
import { events as eventRows } from "../db/schema.ts";
import { atMost, prepared, slot } from "../db/statements.ts";
import type { StepContext } from "../db/step.ts";
import { readTown, savepoint } from "../db/town-row.ts";
import type { EventDef } from "../events/define.ts";
import { type EventType, events, type PayloadOf } from "../events/index.ts";
import { backoffMs } from "../lib/backoff.ts";
import { type Problem, Refusal } from "../lib/guard.ts";
import { storageTroubleOf } from "../lib/storage-trouble.ts";
import "../lib/input-words.ts";
import { messageOf, quoted } from "../lib/text.ts";
import { BATCH, ERROR_BACKOFF_BASE_MS, ERROR_BACKOFF_CAP_MS, MAX_EVENT_TRIES } from "./limits.ts";

/** An event, or a command. */
export type Fact = { [T in EventType]: { type: T; payload: PayloadOf<T> } }[EventType] | CommandFact;

export type Outcome =
  | { status: "applied"; result: unknown }
  | { status: "refused"; problem: Problem }
  /** Written down; it is tried again. */
  | { status: "pending" }
  /** Our bug, and the caller did not want it kept: nothing changed. */
  | { status: "failed"; error: string /** Not for what it says: a row may be the reason. */; inRows: boolean };

/** received = applied + discarded + rows kept. */
interface EventCounts {
  received: number;
  applied: number;
  discarded: number;
  /** Tries that threw, now, and not for what they say. */
  failed: number;
}

export interface Ingested {
  outcomes: Outcome[];
  counts: EventCounts;
  more: boolean;
}

/** All that the town has ever been told, with what is not yet in its row. */
export function countsSoFar(
  tx: Tx,
  { unrecorded }: { unrecorded: Omit<EventCounts, "failed"> },
  { counts }: Pick<Ingested, "counts">,
): Omit<EventCounts, "failed"> {
  const { eventsReceived, eventsApplied, eventsDiscarded } = readTown(tx);
  return {
    received: eventsReceived + unrecorded.received + counts.received,
    applied: eventsApplied + unrecorded.applied + counts.applied,
    discarded: eventsDiscarded + unrecorded.discarded + counts.discarded,
  };
}

/** The payload as its text: one that is no JSON must stop nothing but itself. */
const dueEvents = prepared((tx) =>
  tx
    .select({
      id: eventRows.id,
      type: eventRows.type,
      tries: eventRows.tries,
      payload: sql<string>`${eventRows.payload}`,
    })
    .from(eventRows)
    .where(and(isNull(eventRows.quarantinedAtMs), lte(eventRows.dueAtMs, slot("nowMs"))))
    .orderBy(eventRows.dueAtMs, eventRows.id)
    .limit(atMost(BATCH))
    .prepare(),
);

/**
 * Applies what has just arrived, then what waits to be tried again, each in its own savepoint. A fact that throws is
 * kept as a row and tried again, up to its quarantine; it never stops the others.
 * @param keepsFacts false: the caller that brought the events is waiting, and is told of a failure instead
 */
export function ingest(tx: Tx, facts: readonly Fact[], keepsFacts: boolean, ctx: StepContext): Ingested {
  const counts = { received: facts.length, applied: 0, discarded: 0, failed: 0 };
  const outcomes = facts.map((fact): Outcome => {
    const outcome = tried(tx, arrived(fact), ctx);
    if (maybeUnreadable(outcome)) counts.failed++;
    if (outcome.status === "failed" && keepsFacts) {
      keepFact(tx, fact, ctx.nowMs, outcome.error, 1, ctx);
      return { status: "pending" };
    }
    counts[outcome.status === "applied" ? "applied" : "discarded"]++;
    return outcome;
  });
  const { eventsReceived, eventsApplied, eventsDiscarded } = readTown(tx);
  const keeps = eventsReceived > eventsApplied + eventsDiscarded;
  const pending = keeps ? dueEvents(tx).all({ nowMs: ctx.nowMs }) : [];
  for (const row of pending) {
    const outcome = tried(tx, stored(row.type, row.payload), ctx);
    if (maybeUnreadable(outcome)) counts.failed++;
    if (outcome.status === "failed") counts.discarded += retryLater(tx, row.id, row.tries + 1, outcome.error, ctx);
    else {
      tx.delete(eventRows).where(eq(eventRows.id, row.id)).run();
      counts[outcome.status === "applied" ? "applied" : "discarded"]++;
    }
  }
  return { outcomes, counts, more: pending.length === BATCH };
}

type Tried = Exclude<Outcome, { status: "pending" }>;

/** Whether rows may be why it could not be applied. */
const maybeUnreadable = (outcome: Outcome): boolean =>
  outcome.status === "failed" && outcome.inRows && storageTroubleOf(outcome.error) === null;

type Apply = (tx: Tx, ctx: StepContext) => unknown;

/** What has just arrived was read at the door: commands by their schemas, reports by the protocol's. */
const arrived = (fact: Fact) => (): Apply => {
  const def = commandOf(fact) ?? eventOfType(fact.type);
  const actor = "origin" in fact ? fact.origin?.actor : undefined;
  return (tx, ctx) => actingFor(tx, actor, () => def.apply(tx, fact.payload as never, ctx));
};

/** A stored event may be of another release, or damaged: it is read anew. */
const stored = (type: string, payload: string) => (): Apply => {
  const def = eventOfType(type);
  const parsed = def.payload.parse(JSON.parse(payload));
  return (tx, ctx) => def.apply(tx, parsed, ctx);
};

function eventOfType(type: string): EventDef<string, unknown, unknown> {
  const def = (events as unknown as Record<string, EventDef<string, unknown, unknown> | undefined>)[type];
  if (!def) throw new Error(`no event is called ${type}`);
  return def;
}

function tried(tx: Tx, prepare: () => Apply, ctx: StepContext): Tried {
  let inRows = false;
  try {
    const apply = prepare();
    inRows = true;
    return { status: "applied", result: savepoint(tx, (inner) => apply(inner, ctx)) };
  } catch (error) {
    if (error instanceof Refusal) return { status: "refused", problem: error.problem };
    return { status: "failed", error: messageOf(error), inRows };
  }
}

/** Writes a fact down to be tried later. */
export function keepFact(
  tx: Tx,
  fact: Fact,
  nowMs: number,
  error: string | null,
  tries: number,
  ctx: Pick<StepContext, "random">,
): void {
  const dueAtMs = tries === 0 ? nowMs : nowMs + retryWaitMs(tries, ctx.random());
  tx.insert(eventRows)
    .values({ type: fact.type, payload: fact.payload, receivedAtMs: nowMs, tries, dueAtMs, error })
    .run();
}

/** @returns how many others went for good, since there are too many in quarantine */
function retryLater(tx: Tx, id: number, tries: number, error: string, { nowMs, random, news }: StepContext): number {
  const quarantinedAtMs = tries >= MAX_EVENT_TRIES ? nowMs : null;
  tx.update(eventRows)
    .set({ tries, error, quarantinedAtMs, dueAtMs: nowMs + retryWaitMs(tries, random()) })
    .where(eq(eventRows.id, id))
    .run();
  if (quarantinedAtMs === null) return 0;
  news?.(`QUARANTINED event ${id}: ${quoted(error)}`);
  const gone = trimQuarantine(tx);
  if (gone > 0) news?.(`QUARANTINE is full: the ${gone} oldest of its events are gone`);
  return gone;
}

const retryWaitMs = (tries: number, random: number): number =>
  backoffMs(tries, ERROR_BACKOFF_BASE_MS, ERROR_BACKOFF_CAP_MS, random);
