import type { StepContext } from "../db/attempts/context.ts";
import type { Tx } from "../db/client.ts";
import { prepared, slot } from "../db/prepared.ts";
import { type Repeats, type TickRecord, type TownRow, town } from "../db/schema.ts";
import { readTown } from "../db/town.ts";
import { prunesAtMs } from "../lib/retention.ts";
import { earliest } from "../lib/time.ts";
import type { Refused } from "./allowance.ts";
import { followClock } from "./clock.ts";
import { type Converged, converge } from "./converge.ts";
import { countTick } from "./counters.ts";
import { claimEffects, type Launch, reviveOrphans, type Settled, settleEffect } from "./effects.ts";
import { isStarving } from "./health/conditions.ts";
import { desiredNews, endOverdue, noticeWasStale, trackIncidents } from "./health/incidents.ts";
import { inFlightSince } from "./health/staleness.ts";
import { recordOf } from "./history.ts";
import { type Fact, ingest, type Outcome } from "./ingest.ts";
import { IDLE_WAKE_MS, MAX_EFFECTS_IN_FLIGHT, MAX_SLEEP_MS, MIN_WAKE_MS, STARVED_AFTER_MS } from "./limits.ts";
import { endPauses } from "./pauses.ts";
import { RepeatBook } from "./repeats.ts";
import { nextWake } from "./wake.ts";

export interface PassInput {
  facts: readonly Fact[];
  /** Whether a fact that throws is written down (true) or its bringer told (false). */
  kept: boolean;
  nowMs: number;
  random: () => number;
  /** Effects that run now, in this incarnation. */
  running: ReadonlySet<number>;
  /** An effect outlived its deadline, or an alarm does not come back: what began then is in flight still. */
  hung: boolean;
  /** The first pass of this incarnation. */
  first: boolean;
  /** The effect whose outcome brought this pass about. */
  settled: Settled | null;
}

export interface PassResult {
  outcomes: Outcome[];
  launches: Launch[];
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
  settled: TickRecord["settled"];
  latenessMs: number | null;
}

/** Observe, plan, apply: the body of the one transaction. Everything it decides is in rows when it returns. */
export function runPass(tx: Tx, input: PassInput): PassResult {
  const { facts, kept, nowMs, random, running, hung, first, settled } = input;
  const row = readTown(tx);
  const before = followClock(tx, row, nowMs);
  let onlyRenews = before === row && isRenewal(input, before);
  const ended: string[] = [];
  const ctx: StepContext = {
    nowMs,
    random,
    settings: before.settings,
    // More than a renewal: it may be silent for longer than its first tier.
    proved: () => {
      onlyRenews = false;
    },
    ended: (kind, outcome) => ended.push(`${kind} ${outcome}`),
    news: (line) => news.push(line),
  };
  const tick = before.ticks + 1;
  const news = noticeWasStale(tx, before, nowMs);
  if (first) reviveOrphans(tx);
  if (settled) settleEffect(tx, settled.launch.id, settled.settlement, ctx);
  const { outcomes, counts, more } = ingest(tx, facts, kept, ctx);
  // What somebody has just set holds from now on, not from the next tick.
  const heard = onlyRenews || facts.length + counts.applied === 0 ? before : readTown(tx);
  ctx.settings = heard.settings;
  const pauses = endPauses(tx, heard, nowMs);
  if (pauses.ended) onlyRenews = false;
  const book = new RepeatBook(before.repeats, nowMs, tick);
  const { actions, refused, unfinished, launches, rolledBack } = onlyRenews
    ? nothing
    : planAndClaim(tx, ctx, book, running);

  const applied = actions.filter(({ outcome }) => outcome === "applied").length + (rolledBack ? 1 : 0);
  const failed = actions.find(({ outcome }) => outcome === "failed");
  const eventful = actions.length + launches.length > 0 || rolledBack || settled !== null || facts.some(isNews);
  const after = onlyRenews ? before : readTown(tx);
  news.push(...desiredNews(before, after));
  const latenessMs = latenessOf(before, nowMs);
  const dispatched = launches.some(({ action }) => action === "dispatch_agent");
  const starvingSinceMs = onlyRenews
    ? before.starvingSinceMs
    : starvation(tx, before, after, dispatched || (refused.length > 0 && refused.every(isMeant)), nowMs);
  const opensMs = earliest(...refused.map(({ gate }) => gate.untilMs));
  const due =
    more || unfinished
      ? nowMs
      : earliest(
          nextWake(tx, after.lastFence, ctx, onlyRenews),
          book.nextMs,
          opensMs,
          pauses.nextMs,
          after.paused?.untilMs,
          prunesAtMs(after, after.settings.retention, after.eventsApplied + counts.applied),
        );
  const progressed = settled !== null || applied + counts.applied + counts.discarded + launches.length > 0;
  const soonestMs = soonest(earliest(due, starvedAtMs(starvingSinceMs, nowMs)), nowMs, progressed);
  // A renewed lease would move the wake, and each move is a write: coming once for nothing is cheaper.
  const wakeAtMs = onlyRenews ? earliest(before.nextWakeAtMs, soonestMs) : soonestMs;
  const state = { ...after, errorStreak: 0, repeats: book.toJSON(), starvingSinceMs };
  // Time alone may begin or end a condition, so what was merely due counts.
  if (!onlyRenews)
    news.push(...trackIncidents(tx, state, nowMs, facts.length > 0 && !kept ? "an operator" : "the loop itself"));
  const ticked = { actions, settled: settled ? [recordOf(settled)] : [], latenessMs };
  const counters = countTick(before.counters, { ...ticked, ended, eventful });
  // A pass that launches nothing is a whole tick; one that does completes when its effects have.
  const completes = launches.length === 0 && !hung;
  if (completes) news.push(...endOverdue(tx, nowMs, healer(first)));
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
    received: after.eventsReceived + counts.received,
    applied: after.eventsApplied + counts.applied,
    discarded: after.eventsDiscarded + counts.discarded,
  });
  return { outcomes, launches, wakeAtMs, news, tick, eventful, kept: counters.eventful ?? 0, ...ticked };
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
    })
    .prepare(),
);

/** To whom it is owed that a tick completes again, unless somebody outside saw to it. */
export const healer = (first: boolean): string => (first ? "a restart" : "the loop itself");

/**
 * Signs of life alone, before anything is due: they free nobody and unblock nothing, so there is nothing to plan. What a
 * failed pass left undone has its own wake, and is planned then.
 */
function isRenewal(
  { facts, first, hung, settled, nowMs }: PassInput,
  { nextWakeAtMs, errorStreak, breaker }: TownRow,
): boolean {
  if (breaker !== null) return false; // it may be proof that the host is well
  if (first || hung || settled !== null || errorStreak > 0 || facts.length === 0 || facts.some(isNews)) return false;
  return nextWakeAtMs === null || nextWakeAtMs > nowMs;
}

const nothing: Planned = { actions: [], refused: [], unfinished: false, launches: [], rolledBack: false };

type Planned = Converged & { launches: Launch[]; rolledBack: boolean };

/** Plans, then claims what is due; what could not be claimed was rolled back, so that is planned for once more. */
function planAndClaim(tx: Tx, ctx: StepContext, book: RepeatBook, running: ReadonlySet<number>): Planned {
  const slots = MAX_EFFECTS_IN_FLIGHT - running.size;
  const first = converge(tx, ctx, book);
  const { launches, rolledBack, more } = claimEffects(tx, slots, running, ctx);
  if (!rolledBack) return { ...first, unfinished: first.unfinished || more, launches, rolledBack };
  const second = converge(tx, ctx, book);
  const again = claimEffects(tx, slots - launches.length, running, ctx);
  return {
    actions: [...first.actions, ...second.actions],
    refused: second.refused,
    unfinished: second.unfinished || again.rolledBack || again.more,
    launches: [...launches, ...again.launches],
    rolledBack,
  };
}

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
): number | null {
  if (goesOn || paused || draining) return null;
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
  return Math.min(Math.max(due, soonestMs), nowMs + MAX_SLEEP_MS);
}
