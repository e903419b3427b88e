import type { Pause, TownRow } from "../../db/schema.ts";
import type { Settings } from "../../lib/settings.ts";
import { DEAD_MAN_GRACE_MS, LATE_AFTER_MS, POLL_STALE_FLOOR_MS } from "../limits.ts";

/** The pause that stands now. One whose end has come counts no more, also while no tick has taken it down yet. */
export const pauseNow = ({ paused }: Pick<TownRow, "paused">, nowMs: number): Pause | null =>
  paused && (paused.untilMs === null || paused.untilMs > nowMs) ? paused : null;

type TickTimes = Pick<TownRow, "pollStartedAtMs" | "pollCompletedAtMs" | "nextWakeAtMs">;

/** The loop has no interval of its own; what keeps it ticking while anything runs is heartbeats. */
export function staleThresholdMs({ pollStaleThresholdMs, heartbeatMs, startDeadlineMs }: Settings): number {
  const longestTickMs = startDeadlineMs + DEAD_MAN_GRACE_MS;
  return Math.max(pollStaleThresholdMs ?? Math.max(POLL_STALE_FLOOR_MS, 10 * heartbeatMs), longestTickMs);
}

/** Since when a tick has been in flight, or null. */
export const inFlightSince = ({ pollStartedAtMs, pollCompletedAtMs }: TickTimes): number | null =>
  pollStartedAtMs !== null && (pollCompletedAtMs === null || pollStartedAtMs > pollCompletedAtMs)
    ? pollStartedAtMs
    : null;

/**
 * Since when the loop has been late: the start of the tick that is in flight, else the time at which it was due. Null:
 * nothing is in flight and nothing was due.
 */
export function lateSince(times: TickTimes, nowMs: number): number | null {
  const flightMs = inFlightSince(times);
  if (flightMs !== null) return flightMs;
  return times.nextWakeAtMs !== null && times.nextWakeAtMs < nowMs ? times.nextWakeAtMs : null;
}

/** Due and not begun for longer than the platform's alarms usually take. */
export const isLate = (times: TickTimes, nowMs: number): boolean =>
  inFlightSince(times) === null && times.nextWakeAtMs !== null && nowMs - times.nextWakeAtMs > LATE_AFTER_MS;

/** In flight for longer than the threshold, or due for longer and not started. Nothing due is never stale. */
export function isStale(times: TickTimes, nowMs: number, thresholdMs: number): boolean {
  const sinceMs = lateSince(times, nowMs);
  return sinceMs !== null && nowMs - sinceMs > thresholdMs;
}
