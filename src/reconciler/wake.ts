import { sql } from "drizzle-orm";
import { pastLimitAtMs } from "../attempts/limit.ts";
import { liveAttempts } from "../attempts/live.ts";
import { startsAgainAtMs } from "../attempts/pace.ts";
import { nextStallAtMs } from "../attempts/stall.ts";
import type { Tx } from "../db/client.ts";
import { agentsAside } from "../db/probes.ts";
import { prepared, slot } from "../db/statements.ts";
import type { StepContext } from "../db/step.ts";
import { readTown } from "../db/town-row.ts";
import { earliest } from "../lib/time.ts";
import type { Sleepers } from "./types.ts";

/** Backoffs that have passed are left out: those beads wait for an agent, and an agent comes free by an event. */
const nextBackoff = prepared((tx) =>
  tx
    .select({ atMs: sql<number | null>`min(not_before_ms)` })
    .from(
      sql`(SELECT not_before_ms FROM beads WHERE not_before_ms > 0 AND not_before_ms > ${slot("nowMs")}
        AND status IN ('open', 'in_progress', 'in_review') ORDER BY not_before_ms LIMIT 1)`,
    )
    .prepare(),
);

const nextEvent = prepared((tx) =>
  tx
    .select({ atMs: sql<number | null>`min(due_at_ms)` })
    .from(sql`(SELECT due_at_ms FROM events WHERE quarantined_at_ms IS NULL ORDER BY due_at_ms LIMIT 1)`)
    .prepare(),
);

const nextEventMs = (tx: Tx, keepsEvents: boolean): number | null =>
  keepsEvents ? (nextEvent(tx).get()?.atMs ?? null) : null;

/**
 * A sign of life, or an accepted start, makes nothing come sooner but the end of its own lease; and a sign of life itself, if
 * it could not be applied.
 */
export const nextWhenQuiet = (
  tx: Tx,
  { nowMs, settings: { firstLeaseMs } }: StepContext,
  { accepted, renewedMs, keepsEvents }: { accepted: boolean; renewedMs: number | null; keepsEvents: boolean },
): number | null => earliest(accepted ? nowMs + firstLeaseMs : null, renewedMs, nextEventMs(tx, keepsEvents));

/** What the pass knows when it has done what there was to do. */
export interface Known {
  /** Null: more was done since somebody looked. */
  sleepers: Sleepers | null;
  /** When the first effect that is on its way, or is put off, is due. */
  effectMs: number | null;
  /** Facts that could not be applied are kept. */
  keepsEvents: boolean;
  /** Something waits for the starts of the next minute. */
  isPaced: boolean;
}

/**
 * When the loop is next needed: the earliest of all due times. Null: nothing is due, and the town sleeps until somebody
 * brings news. Effects due already are left out: they wait for a free slot, and whatever frees it ticks the loop.
 */
export function nextWake(tx: Tx, ctx: StepContext, { sleepers, effectMs, keepsEvents, isPaced }: Known): number | null {
  const { nowMs, settings } = ctx;
  const live = sleepers?.live ?? liveAttempts(tx);
  const coolMs = sleepers ? sleepers.coolMs : agentsAside(tx, nowMs).coolMs;
  const backoffMs = nextBackoff(tx).get({ nowMs })?.atMs ?? null;
  const dueAtMs = earliest(effectMs, live.leaseMs, nextEventMs(tx, keepsEvents), coolMs, backoffMs);
  const stallAtMs = nextStallAtMs(tx, nowMs, settings, live, dueAtMs);
  const paceMs = isPaced ? startsAgainAtMs(tx, readTown(tx).lastFence, nowMs, settings) : null;
  // One that has come and could not be answered is held back, and has its own wake.
  const limitMs = pastLimitAtMs(live, settings);
  return earliest(dueAtMs, stallAtMs, paceMs, limitMs !== null && limitMs > nowMs ? limitMs : null);
}
