import type { Pause, TownRow } from "../../db/schema.ts";
import type { Settings } from "../../lib/settings.ts";
import { DEAD_MAN_GRACE_MS, LATE_AFTER_MS, POLL_STALE_FLOOR_MS } from "../limits.ts";

/** The pause that stands now. One whose end has come counts no more, also while no tick has taken it down yet. */
export const pauseNow = ({ paused }: Pick<TownRow, "paused">, nowMs: number): Pause | null =>
  paused && (paused.untilMs === null || paused.untilMs > nowMs) ? paused : null;

type Polls = Pick<TownRow, "pollStartedAtMs" | "pollCompletedAtMs" | "nextWakeAtMs">;

/** The loop has no interval of its own; what keeps it ticking while anything runs is heartbeats. */
export function staleThresholdMs({ pollStaleThresholdMs, heartbeatMs, startDeadlineMs }: Settings): number {
  const longestTickMs = startDeadlineMs + DEAD_MAN_GRACE_MS;
  return Math.max(pollStaleThresholdMs ?? Math.max(POLL_STALE_FLOOR_MS, 10 * heartbeatMs), longestTickMs);
}

/** Since when a tick has been in flight, or null. */
export const inFlightSince = ({ pollStartedAtMs, pollCompletedAtMs }: Polls): number | null =>
  pollStartedAtMs !== null && (pollCompletedAtMs === null || pollStartedAtMs > pollCompletedAtMs)
    ? pollStartedAtMs
    : null;

/**
 * Since when the loop has been late: the start of the tick that is in flight, else the time at which it was due. Null:
 * nothing is in flight and nothing was due.
 */
export function lateSince(polls: Polls, nowMs: number): number | null {
  const flightMs = inFlightSince(polls);
  if (flightMs !== null) return flightMs;
  return polls.nextWakeAtMs !== null && polls.nextWakeAtMs < nowMs ? polls.nextWakeAtMs : null;
}

/** Due and not begun for longer than the platform's alarms usually take. */
export const isLate = (polls: Polls, nowMs: number): boolean =>
  inFlightSince(polls) === null && polls.nextWakeAtMs !== null && nowMs - polls.nextWakeAtMs > LATE_AFTER_MS;

/** In flight for longer than the threshold, or due for longer and not started. Nothing due is never stale. */
export function isStale(polls: Polls, nowMs: number, thresholdMs: number): boolean {
  const sinceMs = lateSince(polls, nowMs);
  return sinceMs !== null && nowMs - sinceMs > thresholdMs;
}
