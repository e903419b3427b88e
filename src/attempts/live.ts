/** What lives, at one look: few rows, and nothing else of the journal. */
import { sql } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { attempts, moreAtOnce } from "../db/schema.ts";
import { prepared } from "../db/statements.ts";
import { isLive } from "../db/step.ts";

/** Since when an agent has been silent. A run of which nothing is known but that it began counts from then. */
export const silentSince = sql<number>`coalesce(${attempts.agentActiveAtMs}, ${attempts.acceptedAtMs})`;

/** A landing's gate may have to run again on a branch that moved meanwhile; one that is not through then is tried again later. */
export const LANDING_LIMITS = 2;

/** When an attempt has lasted as long as its host was told to let it. By a clock that has gone back since it is later by as much. */
export const limitReached = sql<
  number | null
>`${attempts.acceptedAtMs} + ${attempts.limitMs} * CASE ${attempts.kind} WHEN 'landing' THEN ${sql.raw(String(LANDING_LIMITS))} ELSE 1 END`;

export interface LiveAttempts {
  /** When the first lease ends. Null: nothing lives. */
  leaseMs: number | null;
  /** Whether one of them is being stopped. */
  stopping: boolean;
  /** Since when the agent that has been silent for longest is silent. Null: none is at work. */
  silentSinceMs: number | null;
  /** When the first of those that run has lasted as long as its host was told; the margin comes on top. Null: none runs. */
  limitMs: number | null;
  /** How many landings are under way, by rig. */
  landings: ReadonlyMap<string, number>;
  /** How many may be, of those rigs that allow more than one. */
  landingsAtOnce: ReadonlyMap<string, number>;
}

const overview = prepared((tx) =>
  tx
    .select({
      leaseMs: sql<number | null>`min(${attempts.leaseUntilMs})`,
      stopping: sql<number | null>`max(${attempts.state} = 'stopping')`,
      silentSinceMs: sql<
        number | null
      >`min(CASE WHEN ${attempts.state} = 'running' AND ${attempts.kind} = 'run' THEN ${silentSince} END)`,
      limitMs: sql<number | null>`min(CASE ${attempts.state} WHEN 'running' THEN ${limitReached} END)`,
      landing: sql<string | null>`group_concat(CASE ${attempts.kind} WHEN 'landing' THEN ${attempts.rigId} END)`,
      atOnce: sql<
        string | null
      >`group_concat(CASE ${attempts.kind} WHEN 'landing' THEN (SELECT m.id || ':' || m.landings_at_once ${moreAtOnce(attempts.rigId)}) END)`,
    })
    .from(attempts)
    .where(isLive)
    .prepare(),
);

export function liveAttempts(tx: Tx): LiveAttempts {
  const { leaseMs = null, stopping, silentSinceMs = null, limitMs = null, landing, atOnce } = overview(tx).get() ?? {};
  // A rig's name has no comma, and no colon.
  const landings = new Map<string, number>();
  for (const rigId of landing?.split(",") ?? []) landings.set(rigId, (landings.get(rigId) ?? 0) + 1);
  const landingsAtOnce = new Map(
    atOnce?.split(",").map((each) => {
      const [rigId = "", most] = each.split(":");
      return [rigId, Number(most)];
    }),
  );
  return { leaseMs, stopping: stopping === 1, silentSinceMs, limitMs, landings, landingsAtOnce };
}
