/** What a pass says of itself: in the town's row, or, where it was nothing but a sign of life, later. */
import { sql } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { type Repeats, type TownRow, town } from "../db/schema.ts";
import { prepared, slot } from "../db/statements.ts";
import { RECORD_EVERY_MS } from "./limits.ts";
import { inFlightSince } from "./watch/staleness.ts";

/** What passes of nothing but signs of life have counted since the town's row was last written. */
export interface Unrecorded {
  ticks: number;
  received: number;
  applied: number;
  discarded: number;
}

export const nothingUnrecorded: Unrecorded = { ticks: 0, received: 0, applied: 0, discarded: 0 };

export const recordPass = prepared((tx) =>
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
    })
    .prepare(),
);

/** The row was written not long ago, and says nothing that this pass has ended. */
export const isRecent = ({ clockMs, openIncidents, ...polls }: TownRow, nowMs: number): boolean =>
  nowMs - clockMs < RECORD_EVERY_MS && openIncidents === 0 && inFlightSince(polls) === null;

export const plus = (a: Unrecorded, { received, applied, discarded }: Omit<Unrecorded, "ticks">): Unrecorded => ({
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
