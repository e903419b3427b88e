import { and, isNull, sql } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { agents, beads } from "../db/schema.ts";
import { readTown } from "../db/town.ts";
import { POLL_STALE_THRESHOLD_MS } from "./limits.ts";

/** Counts stop here: past it, "many" is all that anybody acts on, and the answer stays cheap. */
const COUNT_CAP = 1_000;

/** Epoch milliseconds; absent before the first tick. */
export interface Health {
  lastPollStartedAtMs: number | null;
  lastPollCompletedAtMs: number | null;
  pollStale: boolean;
  pollStaleThresholdMs: number;
  readyUnassignedBeads: number;
  availableAgents: number;
  /** Ready beads, and neither an agent free for them nor one at work that will be. */
  hasStuckQueue: boolean;
  errorStreak: number;
  lastError: string | null;
  nextWakeAtMs: number | null;
  computedAtMs: number;
}

/** Plain reads in bounded number; asks nothing of the loop, so it answers while the loop hangs. */
export function computeHealth(tx: Tx, nowMs: number): Health {
  const row = readTown(tx);
  const ready = countUpTo(
    tx,
    sql`SELECT 1 FROM ${beads} WHERE ${and(sql`${beads.status} = 'open' AND ${beads.blockedBy} = 0`, sql`${beads.notBeforeMs} <= ${nowMs}`)}`,
  );
  const available = countUpTo(
    tx,
    sql`SELECT 1 FROM ${agents} WHERE ${and(sql`${agents.status} = 'idle'`, isNull(agents.beadId))}`,
  );
  const busy = countUpTo(tx, sql`SELECT 1 FROM ${agents} WHERE ${sql`${agents.status} IN ('starting', 'working')`}`);
  return {
    lastPollStartedAtMs: row.pollStartedAtMs,
    lastPollCompletedAtMs: row.pollCompletedAtMs,
    pollStale: isStale(row, nowMs, POLL_STALE_THRESHOLD_MS),
    pollStaleThresholdMs: POLL_STALE_THRESHOLD_MS,
    readyUnassignedBeads: ready,
    availableAgents: available,
    hasStuckQueue: ready > 0 && available === 0 && busy === 0,
    errorStreak: row.errorStreak,
    lastError: row.errorStreak > 0 ? row.lastError : null,
    nextWakeAtMs: row.nextWakeAtMs,
    computedAtMs: nowMs,
  };
}

/** Stale: in flight for longer than the threshold, or due for longer and not started. Nothing due is never stale. */
export function isStale(
  {
    pollStartedAtMs,
    pollCompletedAtMs,
    nextWakeAtMs,
  }: { pollStartedAtMs: number | null; pollCompletedAtMs: number | null; nextWakeAtMs: number | null },
  nowMs: number,
  thresholdMs: number,
): boolean {
  const inFlight = pollStartedAtMs !== null && (pollCompletedAtMs === null || pollStartedAtMs > pollCompletedAtMs);
  if (inFlight && nowMs - pollStartedAtMs > thresholdMs) return true;
  return nextWakeAtMs !== null && nowMs - nextWakeAtMs > thresholdMs;
}

function countUpTo(tx: Tx, query: ReturnType<typeof sql>): number {
  const row = tx.get<{ n: number }>(sql`SELECT count(*) AS n FROM (${query} LIMIT ${COUNT_CAP})`);
  return row?.n ?? 0;
}
