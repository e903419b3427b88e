/** What a town's health is read from: rows, in bounded number. Asks nothing of the loop, so it answers while the loop hangs. */
import { eq, gt, sql } from "drizzle-orm";
import type { Tx } from "../../db/client.ts";
import { needsAttention } from "../../db/probes.ts";
import { agents, attempts, effects, type Incident, type TownRow, town } from "../../db/schema.ts";
import { atMost, prepared, slot } from "../../db/statements.ts";
import { readTown } from "../../db/town-row.ts";
import type { Condition } from "./condition.ts";
import { conditionsOf } from "./conditions.ts";
import { listOpen } from "./incidents.ts";
import { inFlightSince, isStale, staleThresholdMs } from "./staleness.ts";

/**
 * Counts stop at 1,000: past it, "many" is all that an operator acts on, and the answer stays cheap. Of idle agents so many are looked
 * at, whether they could take work or not; and of those that are not simply at work or free.
 */
const counts = prepared((tx) =>
  tx
    .select({
      ready: sql<number>`(SELECT count(*) FROM (SELECT 1 FROM beads WHERE status = 'open' AND blocked_by = 0 AND not_before_ms <= ${slot("nowMs")} LIMIT 1000))`,
      available: sql<number>`(SELECT count(*) FROM (SELECT enabled, paused, role, not_before_ms FROM agents INDEXED BY agents_idle WHERE status = 'idle' AND bead_id IS NULL LIMIT 1000) WHERE enabled AND paused IS NULL AND role <> 'merger' AND not_before_ms <= ${slot("nowMs")})`,
      live: sql<number>`(SELECT count(*) FROM (SELECT 1 FROM attempts WHERE ended_at_ms IS NULL LIMIT 1000))`,
      hooked: sql<number>`(SELECT count(*) FROM (SELECT status, bead_id FROM ${agents} WHERE ${needsAttention} LIMIT 1000) WHERE status = 'idle' AND bead_id IS NOT NULL)`,
      waiting: sql<number>`EXISTS (SELECT 1 FROM beads WHERE status = 'open' AND blocked_by = 0)`,
      reviewed: sql<number>`(SELECT count(*) FROM (SELECT 1 FROM beads WHERE status = 'in_review' LIMIT 1000))`,
    })
    .from(town)
    .prepare(),
);

/** What was asked of a host longest ago, and has not been answered. */
const asked = prepared((tx) =>
  tx
    .select({ effect: effects.action, fence: effects.fence, agent: attempts.agentId, bead: attempts.beadId })
    .from(effects)
    .leftJoin(attempts, eq(attempts.fence, effects.fence))
    .where(gt(effects.tries, 0))
    .orderBy(effects.id)
    .limit(atMost(1))
    .prepare(),
);

export interface HealthFacts {
  town: TownRow;
  /** In order of urgency. */
  conditions: Condition[];
  open: Incident[];
  /** Looked for only where it may be what a tick hangs on. */
  asked: { effect: string; fence: number; agent: string | null; bead: string | null } | null;
  ready: number;
  available: number;
  live: number;
  hooked: number;
  /** Whether any is open and waits for no other, be it only for its next try. */
  waiting: boolean;
  reviewed: number;
}

export function readHealth(tx: Tx, nowMs: number): HealthFacts {
  const row = readTown(tx);
  const { ready = 0, available = 0, live = 0, hooked = 0, waiting = 0, reviewed = 0 } = counts(tx).get({ nowMs }) ?? {};
  const conditions = conditionsOf(tx, row, nowMs);
  const open = listOpen(tx);
  const hangs = inFlightSince(row) !== null && (isStale(row, nowMs, staleThresholdMs(row.settings)) || open.length > 0);
  const waits = (hangs && asked(tx).get()) || null;
  return { town: row, conditions, open, asked: waits, ready, available, live, hooked, waiting: waiting > 0, reviewed };
}
