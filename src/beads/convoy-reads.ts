/** Convoys for people to look at. */
import { desc, inArray, lt, sql } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { type Bead, type Convoy, convoys } from "../db/schema.ts";
import { existingConvoy, isOver, membersOf } from "./convoys.ts";
import { longestChain, waves } from "./waves.ts";

export interface ConvoySummary {
  convoy: Convoy;
  /** How many members have each status. */
  counts: Record<string, number>;
}

/** A new row comes after all there are, and has the next number: so the order of rows is the order of creation. */
export function listConvoys(tx: Tx, limit: number, before: number | undefined): ConvoySummary[] {
  const page = tx
    .select()
    .from(convoys)
    .where(before === undefined ? undefined : lt(sql`rowid`, before))
    .orderBy(desc(sql`rowid`))
    .limit(limit)
    .all();
  return page.map((convoy) => ({ convoy, counts: countsOf(tx, convoy.id) }));
}

const countsOf = (tx: Tx, id: string): Record<string, number> =>
  Object.fromEntries(
    tx
      .all<{ status: string; n: number }>(
        sql`SELECT status, count(*) AS n FROM beads WHERE convoy_id = ${id} GROUP BY status`,
      )
      .map(({ status, n }) => [status, n]),
  );

export interface ConvoyDetail extends ConvoySummary {
  members: { bead: Bead; wave: number }[];
  criticalPath: string[];
  /** Members that can't begin, and what they wait for. */
  waiting: { id: string; for: string[]; held: boolean }[];
}

/** @throws Refusal 404 */
export function readConvoy(tx: Tx, id: string): ConvoyDetail {
  const convoy = existingConvoy(tx, id);
  const members = membersOf(tx, id);
  const blockers = blockersAmong(tx, members);
  const edges = new Map(members.map((bead) => [bead.id, (blockers.get(bead.id) ?? []).map((blocker) => blocker.id)]));
  const wave = waves(edges);
  const counts: Record<string, number> = {};
  for (const { status } of members) counts[status] = (counts[status] ?? 0) + 1;
  return {
    convoy,
    counts,
    members: members.map((bead) => ({ bead, wave: wave.get(bead.id) ?? 0 })),
    criticalPath: longestChain(edges),
    waiting: members
      .filter((bead) => bead.status === "open" && bead.blockedBy > 0 && !isOver(bead, convoy))
      .map((bead) => ({
        id: bead.id,
        for: (blockers.get(bead.id) ?? []).filter(({ status }) => status !== "closed").map((blocker) => blocker.id),
        held: bead.hold !== null,
      })),
  };
}

function blockersAmong(tx: Tx, members: readonly Bead[]): Map<string, { id: string; status: string }[]> {
  const blockers = new Map<string, { id: string; status: string }[]>();
  const ids = members.map(({ id }) => id);
  for (let from = 0; from < ids.length; from += 50) {
    const rows = tx.all<{ of: string; id: string; status: string }>(
      sql`SELECT d.bead_id AS "of", x.id AS id, x.status AS status FROM bead_dependencies d JOIN beads x ON x.id = d.blocker_id
        WHERE d.type = 'blocks' AND ${inArray(sql`d.bead_id`, ids.slice(from, from + 50))} ORDER BY x.seq`,
    );
    for (const { of, id, status } of rows) blockers.set(of, [...(blockers.get(of) ?? []), { id, status }]);
  }
  return blockers;
}
