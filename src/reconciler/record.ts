/** How a pass ends: what it says of itself in the town's row, or, where it was nothing but a sign of life, later. */
import { sql } from "drizzle-orm";
import { changedIn } from "../db/changes.ts";
import type { Tx } from "../db/client.ts";
import { type Change, together } from "../db/noting.ts";
import { type Repeats, type TickRecord, type TownRow, town } from "../db/schema.ts";
import { prepared, slot } from "../db/statements.ts";
import { readTown } from "../db/town-row.ts";
import { storageTroubleOf } from "../lib/storage-trouble.ts";
import { checksMark } from "../unreadable/checks.ts";
import { type Begun, isMoreThanLife, nothingUnrecorded, type Unrecorded } from "./begin.ts";
import { countsSoFar, type Ingested, type Outcome } from "./ingest.ts";
import type { Launch } from "./launch.ts";
import { RECORD_EVERY_MS } from "./limits.ts";
import { countPass, observe } from "./observe.ts";
import type { Planned } from "./plan-and-claim.ts";
import { type Done, type Wake, withDeliveries } from "./wake.ts";
import { inFlightSince } from "./watch/staleness.ts";
import type { ReportedTroubles } from "./watch/troubles.ts";
import type { WithdrawnEffect } from "./withdraw-shut.ts";

export interface PassResult {
  outcomes: Outcome[];
  launches: Launch[];
  /** Effects whose requests must not leave any more. */
  withdrawn: readonly WithdrawnEffect[];
  /** When the loop is needed next, never in the past; null: nothing is due. */
  wakeAtMs: number | null;
  /** Lines for the operator's log, once this is committed. */
  news: string[];
  tick: number;
  /** More than a sign of life happened. */
  eventful: boolean;
  /** Rows that people see and this pass has changed. */
  changes: readonly Change[];
  /** With those of the passes before it that kept no tick: for the tick. */
  unkept: readonly Change[];
  /** How many eventful ticks there were so far. */
  eventfulSoFar: number;
  actions: TickRecord["actions"];
  latenessMs: number | null;
  queued: boolean;
  unrecorded: Unrecorded;
  reported: ReportedTroubles | null;
  /** Something was not done, perhaps since a row can't be read; or this release has not looked yet whether all can. */
  maybeUnreadable: boolean;
}

const recordPass = prepared((tx) =>
  tx
    .update(town)
    .set({
      pollStartedAtMs: slot("startedAtMs"),
      pollSucceededAtMs: slot("nowMs"),
      clockMs: slot("nowMs"),
      pollCompletedAtMs: slot("completedAtMs"),
      ticks: slot("ticks"),
      errorStreak: slot("errorStreak"),
      lastError: slot<string>("lastError"),
      nextWakeAtMs: slot("wakeAtMs"),
      repeats: slot<Repeats>("repeats"),
      starvingSinceMs: slot("starvingSinceMs"),
      counters: slot<Record<string, number>>("counters"),
      eventsReceived: slot("received"),
      eventsApplied: slot("applied"),
      eventsDiscarded: slot("discarded"),
      lastFence: slot("lastFence"),
      lastBead: slot("lastBead"),
      lastEffect: slot("lastEffect"),
      unkept: slot<readonly Change[]>("unkept"),
    })
    .prepare(),
);

/** The row was written not long ago, and says nothing that this pass has ended. */
const isRecent = ({ clockMs, openIncidents, ...times }: TownRow, nowMs: number): boolean =>
  nowMs - clockMs < RECORD_EVERY_MS && openIncidents === 0 && inFlightSince(times) === null;

const plus = (a: Unrecorded, { received, applied, discarded }: Omit<Unrecorded, "ticks">): Unrecorded => ({
  ticks: a.ticks + 1,
  received: a.received + received,
  applied: a.applied + applied,
  discarded: a.discarded + discarded,
});

/** SQL alone: a row that can't be read may be the very reason. */
export const recordFailure = (tx: Tx, failed: { nowMs: number; lastError: string; received: number }) =>
  tx
    .update(town)
    .set({
      pollStartedAtMs: failed.nowMs,
      pollCompletedAtMs: failed.nowMs,
      ticks: sql`${town.ticks} + 1`,
      errorStreak: sql`${town.errorStreak} + 1`,
      eventsReceived: sql`${town.eventsReceived} + ${failed.received}`,
      lastError: failed.lastError,
    })
    .returning({ streak: town.errorStreak, ticks: town.ticks })
    .get();

export function record(tx: Tx, begun: Begun, done: Done, wake: Wake): PassResult {
  const { starvingSinceMs } = wake;
  const { before, tick, heard, input, book, ctx } = begun;
  const { unrecorded, hung } = input;
  const { nowMs } = ctx;
  const { ingested, isQuiet, planned } = done;
  const completes = doesComplete(begun, planned);
  const latenessMs = latenessOf(before, nowMs);
  const eventful = isEventful(begun, done);
  const { news, reported } = observe(tx, begun, { ...done, completes }, starvingSinceMs);
  const wakeAtMs = isQuiet ? wake.wakeAtMs : withDeliveries(tx, wake.wakeAtMs, begun, planned);
  const counters = countPass(tx, begun, { actions: planned.actions, latenessMs, eventful });
  const changes = changedIn(tx);
  const unkept = together(readTown(tx).unkept, changes);
  const failed = planned.actions.find(({ outcome }) => outcome === "failed");
  const result = {
    outcomes: ingested.outcomes,
    launches: planned.launches,
    withdrawn: planned.withdrawn,
    wakeAtMs,
    news: [...heard.news, ...news],
    tick,
    eventful,
    changes,
    unkept,
    eventfulSoFar: counters.eventful ?? 0,
    actions: planned.actions,
    latenessMs,
    queued: planned.queued,
    reported,
    maybeUnreadable:
      (failed !== undefined && storageTroubleOf(failed.why) === null) ||
      ingested.counts.failed > 0 ||
      before.checkedAs !== checksMark,
  };
  if (isQuiet && completes && changes.length === 0 && isNothing(begun, ingested, wakeAtMs))
    return { ...result, unrecorded: plus(unrecorded, ingested.counts) };
  const { lastFence, lastBead, lastEffect } = readTown(tx);
  recordPass(tx).run({
    nowMs,
    startedAtMs: hung ? (inFlightSince(before) ?? nowMs) : nowMs,
    completedAtMs: completes ? nowMs : before.pollCompletedAtMs,
    ticks: tick,
    errorStreak: 0,
    lastError: failed ? `${failed.action} ${failed.target}: ${failed.why}` : before.lastError,
    wakeAtMs,
    repeats: book.toJSON(),
    starvingSinceMs,
    counters,
    ...countsSoFar(tx, input, ingested),
    lastFence,
    lastBead,
    lastEffect,
    unkept: eventful ? [] : unkept,
  });
  return { ...result, unrecorded: nothingUnrecorded };
}

/** A pass that launches nothing is a whole tick; one that does completes with the last of its outcomes. */
const doesComplete = ({ input: { hung, settled } }: Begun, { launches }: Planned): boolean =>
  (launches.length === 0 || settled.some(({ of }) => of.left === 0)) && !hung;

/** More than a sign of life happened. What became of an effect stands with the tick that launched it. */
const isEventful = ({ input: { facts } }: Begun, { ingested, planned }: Done): boolean =>
  planned.actions.length + planned.launches.length > 0 ||
  planned.rolledBack ||
  facts.some((fact, index) => isMoreThanLife(fact) && ingested.outcomes[index]?.status !== "refused");

/** Every fact was new and was heard, no effect was settled, and the wake did not move: the row need not be written. */
function isNothing({ before, input: { facts, settled, nowMs } }: Begun, { counts }: Ingested, wakeAtMs: number | null) {
  const isAllHeard = counts.received === facts.length && counts.applied + counts.discarded === facts.length;
  return settled.length === 0 && isAllHeard && wakeAtMs === before.nextWakeAtMs && isRecent(before, nowMs);
}

const latenessOf = ({ nextWakeAtMs }: TownRow, nowMs: number): number | null =>
  nextWakeAtMs !== null && nextWakeAtMs <= nowMs ? nowMs - nextWakeAtMs : null;
