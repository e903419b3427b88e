/**
 * What a bead waits for beyond its own blockers: parts of another (`waits-for`), and all that its parent waits for. A parent
 * that waits for one of its own parts keeps none of them waiting: or they would wait for themselves.
 */
import { eq, sql } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { type Bead, beads } from "../db/schema.ts";
import { prepared, slot } from "../db/statements.ts";

/** What is never begun: an epic is over with its parts, a record is kept. It counts as one more thing that such a bead waits for. */
export const isContainer = ({ type }: Pick<Bead, "type">): boolean => type === "epic" || type === "record";

/** An edge `d` that keeps its bead waiting; for parts, one that is done may be enough. */
const IS_OPEN = sql`CASE d.type WHEN 'blocks' THEN (SELECT status <> 'closed' FROM beads x WHERE x.id = d.blocker_id)
  WHEN 'waits-for' THEN (SELECT max(status <> 'closed') FROM beads p WHERE p.parent_id = d.blocker_id)
  WHEN 'waits-for-any' THEN (SELECT min(status <> 'closed') FROM beads p WHERE p.parent_id = d.blocker_id) ELSE 0 END`;

const partsOf = prepared((tx) =>
  tx
    .select({ id: beads.id })
    .from(beads)
    .where(eq(beads.parentId, slot<string>("id")))
    .prepare(),
);

/** Those that wait for parts of this bead. */
const waitersOn = (tx: Tx, id: string): string[] =>
  tx
    .all<{ id: string }>(
      sql`SELECT bead_id AS id FROM bead_dependencies WHERE blocker_id = ${id} AND type IN ('waits-for', 'waits-for-any')`,
    )
    .map((row) => row.id);

/**
 * Counted anew from what is there; it changes only if it was not true.
 * @param nowMs since when one that waits for less has waited for an agent; null: as long as before
 */
export function recount(tx: Tx, id: string, parentWaits: boolean | null, nowMs: number | null): void {
  const isKept = parentWaits ?? waitsFor(tx, parentOf(tx, id));
  const counted = tx.get<{ was: number; others: number }>(
    sql`SELECT blocked_by AS was, (SELECT count(*) FROM bead_dependencies d WHERE d.bead_id = b.id AND ${IS_OPEN})
      + (hold IS NOT NULL) + (type IN ('epic', 'record'))
      + EXISTS (SELECT 1 FROM convoys c WHERE c.id = b.convoy_id AND c.state = 'held') AS others FROM beads b WHERE b.id = ${id}`,
  );
  if (!counted) return;
  const blockedBy = counted.others + (isKept ? 1 : 0);
  if (blockedBy === counted.was) return;
  const isFreed = nowMs !== null && blockedBy < counted.was;
  tx.update(beads)
    .set({ blockedBy, ...(isFreed && { updatedAtMs: nowMs }) })
    .where(eq(beads.id, id))
    .run();
}

const parentOf = (tx: Tx, id: string): string | null =>
  tx.select({ parentId: beads.parentId }).from(beads).where(eq(beads.id, id)).get()?.parentId ?? null;

/** Whether its parts wait with it: for what it waits for itself, or for what those above it do. */
export function waitsFor(tx: Tx, id: string | null): boolean {
  for (let at = id; at !== null; ) {
    const row = tx.get<{ parent: string | null; over: 0 | 1; waits: 0 | 1 }>(
      sql`SELECT parent_id AS parent, status IN ('closed', 'cancelled') AS over, EXISTS (
        SELECT 1 FROM bead_dependencies d WHERE d.bead_id = ${at} AND ${IS_OPEN} AND ${at} NOT IN (
          WITH RECURSIVE line(id) AS (SELECT d.blocker_id UNION SELECT b.parent_id FROM line JOIN beads b ON b.id = line.id WHERE b.parent_id IS NOT NULL)
          SELECT id FROM line)) AS waits FROM beads WHERE id = ${at}`,
    );
    if (!row || row.over) return false;
    if (row.waits) return true;
    at = row.parent;
  }
  return false;
}

/** Something of it has changed: what it waits for, its status or its place. Those below it are counted anew. */
export function tellParts(tx: Tx, id: string, nowMs: number | null): void {
  const line = [id];
  for (let at = line.pop(); at !== undefined; at = line.pop()) {
    const parts = partsOf(tx).all({ id: at });
    if (parts.length === 0) continue;
    const waits = waitsFor(tx, at);
    for (const part of parts) {
      recount(tx, part.id, waits, nowMs);
      line.push(part.id);
    }
  }
}

/** A bead has more parts or fewer, or one of them has come to its end or back. */
export function partsChanged(tx: Tx, id: string, nowMs: number | null): void {
  for (const waiter of waitersOn(tx, id)) bondsChanged(tx, waiter, nowMs);
}

/** It waits for more than before, or for less. */
export function bondsChanged(tx: Tx, id: string, nowMs: number | null): void {
  recount(tx, id, null, nowMs);
  tellParts(tx, id, nowMs);
}

/** It has another parent than before, or none: who waited for its own part may wait for a stranger now, or no more. */
export function placeChanged(tx: Tx, id: string, former: string | null, nowMs: number | null): void {
  bondsChanged(tx, id, nowMs);
  for (const parent of new Set([former, parentOf(tx, id)])) if (parent !== null) partsChanged(tx, parent, nowMs);
  const waiters = tx.all<{ id: string }>(sql`WITH RECURSIVE family(id) AS (
      SELECT ${id} UNION SELECT b.id FROM family JOIN beads b ON b.parent_id = family.id)
    SELECT DISTINCT d.bead_id AS id FROM family JOIN bead_dependencies d ON d.blocker_id = family.id`);
  for (const waiter of waiters) tellParts(tx, waiter.id, nowMs);
}

/** Whether beads that are not closed lead back to it: an import may bring a circle that something closed in it kept open. */
export const waitsForItself = (tx: Tx, id: string): boolean =>
  tx.get(sql`WITH RECURSIVE way(id) AS (
      SELECT blocker_id FROM bead_dependencies WHERE bead_id = ${id} AND type = 'blocks'
      UNION SELECT d.blocker_id FROM way JOIN beads x ON x.id = way.id AND x.status <> 'closed'
        JOIN bead_dependencies d ON d.bead_id = x.id AND d.type = 'blocks')
    SELECT 1 FROM way WHERE id = ${id}`) !== undefined;
