/** What an old bead is still needed for; and how it goes, with all that belongs to it. */
import { type SQL, sql } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { assert } from "../lib/guard.ts";
import { recount } from "./waits.ts";

/** How many rows may still be deleted. */
export class Rows {
  left: number;
  readonly #tx: Tx;

  constructor(tx: Tx, left: number) {
    this.#tx = tx;
    this.left = left;
  }

  /** @returns how many of these rows are gone */
  deleteSome(table: string, which: SQL, most = this.left): number {
    const name = sql.identifier(table);
    const some = Math.min(most, this.left);
    const gone = this.#tx.all(
      sql`DELETE FROM ${name} WHERE rowid IN (SELECT rowid FROM ${name} WHERE ${which} LIMIT ${some}) RETURNING 1`,
    ).length;
    this.left -= gone;
    return gone;
  }

  /** @returns whether all of them are gone for certain */
  deleteAll(table: string, which: SQL): boolean {
    this.deleteSome(table, which);
    return this.left > 0;
  }
}

/**
 * How a bead that is over is bound. `alive`: something of it may yet be heard, or is under way. `bound`: a bead depends on it that is
 * not over, or would wait for it again when reopened; a bead waits for the parts of what it is a part of; it belongs to what is not
 * over, or others are parts of it.
 */
export type Bond = "free" | "alive" | "bound";

export function bondOf(tx: Tx, id: string, nowMs: number): Bond {
  const row = tx.get<{ bond: Bond }>(sql`SELECT CASE
      WHEN EXISTS (SELECT 1 FROM attempts t WHERE t.bead_id = b.id AND t.ended_at_ms IS NULL)
        OR EXISTS (SELECT 1 FROM attempts t WHERE t.bead_id = b.id AND t.state = 'released' AND t.lease_until_ms > ${nowMs})
        OR EXISTS (SELECT 1 FROM effects e JOIN attempts t ON t.fence = e.fence WHERE t.bead_id = b.id)
        THEN 'alive'
      WHEN b.status NOT IN ('closed', 'cancelled') OR b.agent_id IS NOT NULL
        OR EXISTS (SELECT 1 FROM bead_dependencies d JOIN beads x ON x.id = d.bead_id WHERE d.blocker_id = b.id
          AND (x.status NOT IN ('closed', 'cancelled') OR (d.type = 'blocks' AND b.status = 'cancelled')))
        OR EXISTS (SELECT 1 FROM beads p WHERE p.id = b.parent_id AND p.status NOT IN ('closed', 'cancelled'))
        OR EXISTS (SELECT 1 FROM beads c WHERE c.parent_id = b.id)
        OR EXISTS (SELECT 1 FROM bead_dependencies d WHERE d.blocker_id = b.parent_id AND d.type IN ('waits-for', 'waits-for-any'))
        OR EXISTS (SELECT 1 FROM convoys c WHERE c.id = b.convoy_id AND c.state NOT IN ('closed', 'cancelled'))
        THEN 'bound'
      ELSE 'free' END AS bond FROM beads b WHERE b.id = ${id}`);
  assert(row, "a bead that is looked at is there");
  return row.bond;
}

/** Runs that are taken at a time, with their logs. */
const ATTEMPTS = 20;

/**
 * As far as the rows go. The bead itself is the last: until then it is what it was, with less of a past, and the next step
 * finds it again. Its newest attempt goes after the older ones, and notes after all of them: they say how often it may have landed.
 */
export function removeBead(tx: Tx, id: string, rows: Rows, nowMs: number): { attempts: number; isGone: boolean } {
  const oldest = sql`fence IN (SELECT fence FROM attempts WHERE bead_id = ${id} ORDER BY fence LIMIT ${ATTEMPTS})`;
  let attempts = 0;
  for (let some = ATTEMPTS; some === ATTEMPTS; attempts += some) {
    if (!rows.deleteAll("attempt_logs", oldest)) return { attempts, isGone: false };
    some = rows.deleteSome("attempts", oldest);
  }
  const isAlone =
    rows.left > 0 &&
    rows.deleteAll("bead_notes", sql`bead_id = ${id}`) &&
    rows.deleteAll("bead_dependencies", sql`blocker_id = ${id}`) &&
    rows.deleteAll("bead_dependencies", sql`bead_id = ${id}`);
  if (!isAlone) {
    // One that was given up half-way may be reopened, and waits for what it still says that it waits for.
    recount(tx, id, null, nowMs);
    return { attempts, isGone: false };
  }
  const [bead] = tx.all<{ convoy: string | null }>(
    sql`DELETE FROM beads WHERE id = ${id} RETURNING convoy_id AS convoy`,
  );
  rows.left--;
  if (bead?.convoy != null) removeConvoys(rows, sql`id = ${bead.convoy}`);
  return { attempts, isGone: true };
}

/** Those of them that are over and have no members. */
export const removeConvoys = (rows: Rows, which: SQL): number =>
  rows.deleteSome(
    "convoys",
    sql`${which} AND state IN ('closed', 'cancelled') AND NOT EXISTS (SELECT 1 FROM beads m WHERE m.convoy_id = convoys.id)`,
  );
