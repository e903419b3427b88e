/** Beads that wait for a cancelled bead: they would wait for ever, so an operator must say what becomes of them. */
import { sql } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { beadDependencies, beads } from "../db/schema.ts";
import { atMost } from "../db/statements.ts";
import type { StepContext } from "../db/step.ts";

/** A held bead is left alone on purpose, and a record is no work. */
const WAITS = sql`w.status = 'open' AND w.hold IS NULL AND w.type <> 'record'`;

/** How many cancelled beads are read, the newest first. */
const LOOKED_AT = 1_000;

/** From what was cancelled to what waits for it: through indices that hold little else, in this order. */
const pairs = sql`(SELECT id, closed_at_ms FROM ${beads} WHERE status = 'cancelled'
    ORDER BY closed_at_ms DESC LIMIT ${atMost(LOOKED_AT)}) x
  CROSS JOIN ${beadDependencies} d ON d.blocker_id = x.id AND d.type = 'blocks'
  CROSS JOIN ${beads} w ON w.id = d.bead_id AND ${WAITS}`;

export interface CutOff {
  id: string;
  /** What it waits for that was cancelled. */
  by: string[];
  sinceMs: number;
}

/** The newest first. */
export const cutOffBeads = (tx: Tx, most: number): CutOff[] =>
  tx
    .all<{ id: string; by: string; since_ms: number }>(
      sql`SELECT w.id AS id, json_group_array(x.id) AS by, max(min(x.closed_at_ms), w.created_at_ms) AS since_ms
        FROM ${pairs} GROUP BY w.id ORDER BY since_ms DESC, w.seq DESC LIMIT ${atMost(most)}`,
    )
    .map(({ id, by, since_ms: sinceMs }) => ({ id, by: JSON.parse(by) as string[], sinceMs }));

export const countCutOff = (tx: Tx, most: number): number =>
  tx.get<{ n: number }>(sql`SELECT count(*) AS n FROM (SELECT DISTINCT w.id FROM ${pairs} LIMIT ${atMost(most)})`)?.n ??
  0;

/** What of that which this one waits for was cancelled. */
const cutOffBy = (tx: Tx, id: string): string[] =>
  tx
    .all<{ id: string }>(
      sql`SELECT x.id AS id FROM ${beads} w JOIN ${beadDependencies} d ON d.bead_id = w.id AND d.type = 'blocks'
        JOIN ${beads} x ON x.id = d.blocker_id AND x.status = 'cancelled' WHERE w.id = ${id} AND ${WAITS}`,
    )
    .map((row) => row.id);

/**
 * Tells of those that this change cuts off, and of those that it frees. Asked where a person changes what beads wait for, or ends
 * some.
 *
 * @param ids whose own waiting may change, and that of those that wait for them
 */
export function withCutOffTold<T>(
  tx: Tx,
  ids: readonly string[],
  { news }: Pick<StepContext, "news">,
  change: () => T,
): T {
  const about = new Set(ids.flatMap((id) => [id, ...dependentsOf(tx, id)]));
  const before = [...about].map((id) => [id, cutOffBy(tx, id)] as const);
  const done = change();
  for (const [id, was] of before) {
    const is = cutOffBy(tx, id);
    if (was.length === 0 && is.length > 0)
      news?.(`CUT OFF ${id}: it waits for ${is.join(", ")}, which will not be done`);
    if (was.length > 0 && is.length === 0) news?.(`FREED ${id}`);
  }
  return done;
}

const dependentsOf = (tx: Tx, id: string): string[] =>
  tx
    .all<{ id: string }>(
      sql`SELECT bead_id AS id FROM ${beadDependencies} WHERE blocker_id = ${id} AND type = 'blocks'`,
    )
    .map((row) => row.id);
