import type { Tx } from "../db/client.ts";
import type { Incident, TickRecord, TownRow } from "../db/schema.ts";
import type { StepContext } from "../db/step.ts";
import { duringPass, readTown } from "../db/town-row.ts";
import { prunesAtMs } from "../lib/retention.ts";
import { storageTroubleOf } from "../lib/storage-trouble.ts";
import { earliest } from "../lib/time.ts";
import { checksMark } from "../unreadable/checks.ts";
import type { Refused } from "./allowance.ts";
import { onRecord } from "./bookkeeping.ts";
import { followClock } from "./clock.ts";
import { countDuration, countTick } from "./counters.ts";
import { reviveOrphans, type Settled, settleEffect } from "./effects.ts";
import { recordOf } from "./history.ts";
import type { InFlight } from "./in-flight.ts";
import { type Fact, ingest, type Outcome } from "./ingest.ts";
import type { Launch } from "./launch.ts";
import { DAY_MS, IDLE_WAKE_MS, MAX_SLEEP_MS, MIN_WAKE_MS, STARVED_AFTER_MS } from "./limits.ts";
import { endPauses } from "./pauses.ts";
import { nothing, planAndClaim } from "./plan-and-claim.ts";
import { isRecent, nothingUnrecorded, plus, recordPass, type Unrecorded } from "./record.ts";
import { RepeatBook } from "./repeats.ts";
import type { Sleepers } from "./types.ts";
import { nextWake, nextWhenQuiet } from "./wake.ts";
import { isStarving } from "./watch/conditions.ts";
import { desiredNews, endOverdue, kindsNow, noticeWasStale, trackIncidents } from "./watch/incidents.ts";
import { inFlightSince } from "./watch/staleness.ts";
import { type Told, toldSoFar, trackTroubles } from "./watch/troubles.ts";
import type { Withdrawal } from "./withdraw.ts";

export interface PassInput {
  facts: readonly Fact[];
  /** Whether a fact that throws is written down (true) or its bringer told (false). */
  kept: boolean;
  nowMs: number;
  random: () => number;
  /** Calls that are out, or about to leave, in this incarnation. */
  inFlight: InFlight;
  /** An effect outlived its deadline, or an alarm does not come back: what began then is in flight still. */
  hung: boolean;
  /** The first pass of this incarnation. */
  first: boolean;
  /** The effect whose outcome brought this pass about. */
  settled: Settled | null;
  /** Effects wait for a slot, as the last plan left it. */
  queued: boolean;
  /** Passes that were not recorded one by one. */
  unrecorded: Unrecorded;
  /** Whose troubles the log has told of; null: this incarnation has not looked yet. */
  told: Told | null;
}

export interface PassResult {
  outcomes: Outcome[];
  launches: Launch[];
  /** Effects whose requests must not leave any more. */
  withdrawn: readonly Withdrawal[];
  /** When the loop is needed next, never in the past; null: nothing is due. */
  wakeAtMs: number | null;
  /** Lines for the operator's log, once this is committed. */
  news: string[];
  tick: number;
  /** More than a sign of life happened. */
  eventful: boolean;
  /** How many eventful ticks there were so far. */
  kept: number;
  actions: TickRecord["actions"];
  latenessMs: number | null;
  queued: boolean;
  unrecorded: Unrecorded;
  told: Told | null;
  /** Something was not done, perhaps since a row can't be read; or nobody of this release has looked whether all can. */
  doubtful: boolean;
}

/** Observe, plan, apply: the body of the one transaction. Everything it decides is in rows when it returns. */
export const runPass = (tx: Tx, input: PassInput): PassResult => duringPass(tx, () => pass(tx, input));

function pass(tx: Tx, input: PassInput): PassResult {
  const { facts, kept, nowMs, random, inFlight, hung, first, settled, unrecorded } = input;
  const row = readTown(tx);
  const before = followClock(tx, row, nowMs);
  let isQuiet = before === row && mayBeQuiet(input, before);
  const toldBefore = input.told ?? (isQuiet ? null : toldSoFar(tx));
  let isTroubled = false;
  const ended: string[] = [];
  let renewedMs: number | null = null;
  const ctx: StepContext = {
    nowMs,
    random,
    settings: before.settings,
    moreToPlan: () => {
      isQuiet = false;
    },
    renewed: (leaseUntilMs) => {
      renewedMs = earliest(renewedMs, leaseUntilMs);
    },
    ended: (kind, outcome) => ended.push(`${kind} ${outcome}`),
    troubled: () => {
      isTroubled = true;
    },
    news: (line) => news.push(line),
  };
  const tick = before.ticks + unrecorded.ticks + 1;
  const news = [...noticeWasStale(tx, before, nowMs)];
  if (first) reviveOrphans(tx);
  if (settled) settleEffect(tx, settled.launch.id, settled.settlement, ctx, settled.launch);
  // What was over already when somebody said something was ended by nobody.
  const wasMended = !kept && facts.some(mayMend) && before.openIncidents > 0 ? kindsNow(tx, before, nowMs) : NONE;
  const { outcomes, counts, more } = ingest(tx, facts, kept, ctx);
  // What somebody has just set holds from now on, not from the next tick.
  ctx.settings = readTown(tx).settings;
  const pauses = endPauses(tx, readTown(tx), nowMs);
  if (pauses.ended) isQuiet = false;
  const book = new RepeatBook(before.repeats, nowMs, tick);
  const { actions, refused, unfinished, launches, withdrawn, rolledBack, sleepers, effectMs, queued } = isQuiet
    ? { ...nothing, queued: input.queued }
    : planAndClaim(tx, ctx, book, inFlight);

  const applied = actions.filter(({ outcome }) => outcome === "applied").length + (rolledBack ? 1 : 0);
  const failed = actions.find(({ outcome }) => outcome === "failed");
  // What became of an effect stands with the tick that launched it.
  const eventful =
    actions.length + launches.length > 0 ||
    rolledBack ||
    facts.some((fact, index) => isNews(fact) && outcomes[index]?.status !== "refused");
  const after = readTown(tx);
  news.push(...desiredNews(before, after));
  const latenessMs = latenessOf(before, nowMs);
  const dispatched = launches.some(({ action }) => action === "dispatch_agent");
  const starvingSinceMs = isQuiet
    ? before.starvingSinceMs
    : starvation(tx, before, after, dispatched || (refused.length > 0 && refused.every(isMeant)), nowMs, sleepers);
  const opensMs = earliest(...refused.map(({ gate }) => gate.untilMs));
  const received = after.eventsReceived + unrecorded.received + counts.received;
  const appliedFacts = after.eventsApplied + unrecorded.applied + counts.applied;
  const discarded = after.eventsDiscarded + unrecorded.discarded + counts.discarded;
  const isPaced = refused.length > 0 || actions.some(({ outcome }) => outcome === "stale");
  const known = { sleepers, effectMs, keepsEvents: received > appliedFacts + discarded, isPaced };
  const due =
    more || unfinished
      ? nowMs
      : earliest(
          isQuiet
            ? nextWhenQuiet(tx, ctx, { accepted: settled !== null, renewedMs, ...known })
            : nextWake(tx, ctx, known),
          book.nextMs,
          opensMs,
          pauses.nextMs,
          after.paused?.untilMs,
          prunesAtMs(after, after.settings.retention, appliedFacts),
        );
  const progressed = settled !== null || applied + counts.applied + counts.discarded + launches.length > 0;
  const soonestMs = soonest(earliest(due, starvedAtMs(starvingSinceMs, nowMs)), nowMs, progressed);
  // What is renewed, or accepted, would move the wake, and each move is a write: coming once for nothing is cheaper.
  const wakeAtMs = isQuiet ? earliest(before.nextWakeAtMs, soonestMs) : soonestMs;
  const state = { ...after, errorStreak: 0, repeats: book.toJSON(), starvingSinceMs };
  // Time alone may begin or end a condition, so what was merely due counts.
  const healedBy = (kind: Incident["kind"]) => (wasMended.has(kind) ? "an operator" : "the loop itself");
  if (!isQuiet)
    news.push(...onRecord(tx, "an incident", (inner) => trackIncidents(inner, state, nowMs, healedBy, sleepers)));
  const troubles = toldBefore && !isQuiet && (toldBefore.some || isTroubled) ? trackTroubles(tx, toldBefore) : null;
  news.push(...(troubles?.lines ?? []));
  const ticked = { actions, latenessMs };
  const lastOf = settled?.of.left === 0 ? settled.of : null;
  const outcomesKnown = settled ? [recordOf(settled)] : [];
  const counted = countTick(before.counters, { ...ticked, settled: outcomesKnown, ended, eventful });
  const counters = lastOf ? countDuration(counted, Math.max(0, nowMs - lastOf.startedAtMs)) : counted;
  // A pass that launches nothing is a whole tick; one that does completes with the last of its outcomes.
  const completes = (launches.length === 0 || lastOf !== null) && !hung;
  if (completes && after.openIncidents > 0) {
    const healedBy = healer(first || lastOf?.first === true);
    news.push(...onRecord(tx, "an incident", (inner) => endOverdue(inner, nowMs, healedBy)));
  }
  const result = {
    outcomes,
    launches,
    withdrawn,
    wakeAtMs,
    news,
    tick,
    eventful,
    kept: counters.eventful ?? 0,
    ...ticked,
    queued,
    told: troubles?.told ?? toldBefore,
    doubtful:
      (failed !== undefined && storageTroubleOf(failed.why) === null) ||
      counts.failed > 0 ||
      before.checkedAs !== checksMark,
  };
  // All that came was heard, and nothing that was kept from before.
  const isAllHeard = counts.received === facts.length && counts.applied + counts.discarded === facts.length;
  const isNothing = isQuiet && settled === null && isAllHeard && completes && wakeAtMs === before.nextWakeAtMs;
  if (isNothing && isRecent(before, nowMs)) return { ...result, unrecorded: plus(unrecorded, counts) };
  const { lastFence, lastBead, lastEffect } = readTown(tx);
  recordPass(tx).run({
    nowMs,
    startedAtMs: hung ? (inFlightSince(before) ?? nowMs) : nowMs,
    completedAtMs: completes ? nowMs : before.pollCompletedAtMs,
    ticks: tick,
    errorStreak: 0,
    lastError: failed ? `${failed.action} ${failed.target}: ${failed.why}` : before.lastError,
    wakeAtMs,
    repeats: state.repeats,
    starvingSinceMs,
    counters,
    received,
    applied: appliedFacts,
    discarded,
    lastFence,
    lastBead,
    lastEffect,
  });
  return { ...result, unrecorded: nothingUnrecorded };
}

/** To whom it is owed that a tick completes again, unless somebody outside saw to it. */
const healer = (first: boolean): string => (first ? "a restart" : "the loop itself");

/**
 * Signs of life alone, and starts that were accepted, before anything is due: they free nobody and unblock nothing, so there
 * is nothing to plan. What a failed pass left undone has its own wake, and is planned then.
 */
function mayBeQuiet(
  { facts, first, hung, settled, queued, nowMs }: PassInput,
  { nextWakeAtMs, errorStreak }: TownRow,
): boolean {
  if (first || hung || errorStreak > 0 || facts.some(isNews)) return false;
  if (settled ? queued || !freesNobody(settled) : facts.length === 0) return false;
  return nextWakeAtMs === null || nextWakeAtMs > nowMs;
}

/** What frees nobody frees a slot all the same. */
const freesNobody = ({ launch: { action }, settlement: { accepted } }: Settled): boolean =>
  accepted && (action === "dispatch_agent" || action === "land_bead");

const NONE: ReadonlySet<Incident["kind"]> = new Set();

/** Commands that bring more to do, or only look, end nothing. */
const ADDS: ReadonlySet<Fact["type"]> = new Set([
  ...(["beads_created", "beads_imported", "convoy_created", "rig_added", "agent_preflighted", "rig_looked"] as const),
]);
const mayMend = ({ type }: Fact): boolean => !ADDS.has(type);

/** Anything but a sign of life. */
const isNews = ({ type }: Fact): boolean =>
  type !== "run_heartbeat" && type !== "run_progressed" && type !== "run_logged";

const latenessOf = ({ nextWakeAtMs }: TownRow, nowMs: number): number | null =>
  nextWakeAtMs !== null && nextWakeAtMs <= nowMs ? nowMs - nextWakeAtMs : null;

/** Since when work and free hands have stood beside each other with no run begun: landings feed nobody. */
function starvation(
  tx: Tx,
  before: TownRow,
  { paused, draining }: TownRow,
  goesOn: boolean,
  nowMs: number,
  sleepers: Sleepers | null,
): number | null {
  if (goesOn || paused || draining || sleepers?.stirring.size === 0) return null;
  return isStarving(tx, nowMs) ? (before.starvingSinceMs ?? nowMs) : null;
}

/** Somebody wants it so, or the host's breaker says on its own why nothing starts. */
const isMeant = ({ gate }: Refused): boolean => gate.name !== "starts_per_minute" && gate.name !== "no_host";

/** When it becomes an incident. Once it is one, it ends with what ends it, and wakes nobody. */
const starvedAtMs = (sinceMs: number | null, nowMs: number): number | null =>
  sinceMs !== null && sinceMs + STARVED_AFTER_MS > nowMs ? sinceMs + STARVED_AFTER_MS : null;

/** Never in the past, and never in a hot loop: a pass that says "now" and does nothing waits. */
function soonest(due: number | null, nowMs: number, progressed: boolean): number | null {
  if (due === null) return null;
  const soonestMs = nowMs + (due > nowMs || progressed ? MIN_WAKE_MS : IDLE_WAKE_MS);
  // By whole days, or each pass would move an alarm that is far away, and each move is a write.
  const latestMs = Math.floor((nowMs + MAX_SLEEP_MS) / DAY_MS) * DAY_MS;
  return Math.min(Math.max(due, soonestMs), latestMs);
}
