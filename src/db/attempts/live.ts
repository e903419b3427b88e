/** What lives, at one look: few rows, and nothing else of the journal. */
import { sql } from "drizzle-orm";
import type { Tx } from "../client.ts";
import { prepared } from "../prepared.ts";
import { attempts } from "../schema.ts";
import { isLive } from "./context.ts";

/** Since when an agent has been silent. A run of which nothing is known but that it began counts from then. */
export const silentSince = sql<number>`coalesce(${attempts.agentActiveAtMs}, ${attempts.acceptedAtMs})`;

export interface LiveAttempts {
  /** When the first lease ends. Null: nothing lives. */
  leaseMs: number | null;
  /** Whether one of them is being stopped. */
  stopping: boolean;
  /** Of the agent at work that has been silent for longest: since when. Null: none is at work. */
  silentSinceMs: number | null;
}

const overview = prepared((tx) =>
  tx
    .select({
      leaseMs: sql<number | null>`min(${attempts.leaseUntilMs})`,
      stopping: sql<number | null>`max(${attempts.state} = 'stopping')`,
      silentSinceMs: sql<
        number | null
      >`min(CASE WHEN ${attempts.state} = 'running' AND ${attempts.kind} = 'run' THEN ${silentSince} END)`,
    })
    .from(attempts)
    .where(isLive)
    .prepare(),
);

export function liveAttempts(tx: Tx): LiveAttempts {
  const { leaseMs = null, stopping = null, silentSinceMs = null } = overview(tx).get() ?? {};
  return { leaseMs, stopping: stopping === 1, silentSinceMs };
}
