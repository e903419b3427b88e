import { sql } from "drizzle-orm";
import type { StepContext } from "../db/attempts/context.ts";
import { startsAgainAtMs } from "../db/attempts/pace.ts";
import { nextStallAtMs } from "../db/attempts/stall.ts";
import type { Tx } from "../db/client.ts";
import { prepared, slot } from "../db/prepared.ts";
import { earliest } from "../lib/time.ts";

/**
 * The earliest of all due columns, each read through its index.
 *
 * Effects due already are left out: they wait for a free slot, and whatever frees it ticks the loop. Backoffs that have
 * passed are left out too: those beads wait for an agent, and an agent comes free by an event.
 */
const firstDue = prepared((tx) =>
  tx
    .select({ atMs: sql<number | null>`min(at)` })
    .from(sql`(
      SELECT * FROM (SELECT due_at_ms AS at FROM effects WHERE due_at_ms > ${slot("nowMs")} ORDER BY at LIMIT 1)
      UNION ALL SELECT * FROM (SELECT lease_until_ms AS at FROM attempts WHERE state IN ('starting', 'running', 'stopping') ORDER BY at LIMIT 1)
      UNION ALL SELECT * FROM (SELECT due_at_ms AS at FROM events WHERE quarantined_at_ms IS NULL ORDER BY at LIMIT 1)
      UNION ALL SELECT * FROM (SELECT not_before_ms AS at FROM agents WHERE not_before_ms > 0 AND not_before_ms > ${slot("nowMs")} ORDER BY at LIMIT 1)
      UNION ALL SELECT * FROM (SELECT not_before_ms AS at FROM beads
        WHERE not_before_ms > 0 AND not_before_ms > ${slot("nowMs")} AND status IN ('open', 'in_progress', 'in_review') ORDER BY at LIMIT 1)
    )`)
    .prepare(),
);

/** When the loop is next needed. Null: nothing is due, and the town sleeps until somebody brings news. */
export function nextWake(
  tx: Tx,
  lastFence: number,
  { nowMs, settings }: StepContext,
  onlyRenews = false,
): number | null {
  // A sign of life makes no tier come sooner, and each pass would look at every run there is.
  const dueAtMs = firstDue(tx).get({ nowMs })?.atMs ?? null;
  const stallAtMs = onlyRenews ? null : nextStallAtMs(tx, nowMs, settings, dueAtMs);
  return earliest(dueAtMs, stallAtMs, startsAgainAtMs(tx, lastFence, nowMs, settings));
}
