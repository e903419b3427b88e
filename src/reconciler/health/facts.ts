/** What a town's health is read from: rows, in bounded number. Asks nothing of the loop, so it answers while the loop hangs. */
import { sql } from "drizzle-orm";
import type { Tx } from "../../db/client.ts";
import { prepared, slot } from "../../db/prepared.ts";
import { type Incident, type TownRow, town } from "../../db/schema.ts";
import { readTown } from "../../db/town.ts";
import { type Condition, conditionsOf } from "./conditions.ts";
import { listOpen } from "./incidents.ts";

/** Counts stop at 1,000: past it, "many" is all that anybody acts on, and the answer stays cheap. */
const counts = prepared((tx) =>
  tx
    .select({
      ready: sql<number>`(SELECT count(*) FROM (SELECT 1 FROM beads WHERE status = 'open' AND blocked_by = 0 AND not_before_ms <= ${slot("nowMs")} LIMIT 1000))`,
      available: sql<number>`(SELECT count(*) FROM (SELECT 1 FROM agents WHERE status = 'idle' AND bead_id IS NULL AND enabled AND role = 'worker' AND not_before_ms <= ${slot("nowMs")} LIMIT 1000))`,
      live: sql<number>`(SELECT count(*) FROM (SELECT 1 FROM attempts WHERE state IN ('starting', 'running', 'stopping') LIMIT 1000))`,
      hooked: sql<number>`(SELECT count(*) FROM (SELECT 1 FROM agents WHERE status = 'idle' AND bead_id IS NOT NULL LIMIT 1000))`,
      reviewed: sql<number>`(SELECT count(*) FROM (SELECT 1 FROM beads WHERE status = 'in_review' LIMIT 1000))`,
    })
    .from(town)
    .prepare(),
);

export interface HealthFacts {
  town: TownRow;
  /** In order of urgency. */
  conditions: Condition[];
  open: Incident[];
  ready: number;
  available: number;
  live: number;
  hooked: number;
  reviewed: number;
}

export function readHealth(tx: Tx, nowMs: number): HealthFacts {
  const row = readTown(tx);
  const { ready = 0, available = 0, live = 0, hooked = 0, reviewed = 0 } = counts(tx).get({ nowMs }) ?? {};
  const conditions = conditionsOf(tx, row, nowMs);
  return { town: row, conditions, open: listOpen(tx), ready, available, live, hooked, reviewed };
}
