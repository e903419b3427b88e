/** Beads for another tracker: a page of lines at a time. */
import { and, asc, eq, gt, inArray, lt, sql } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { type Bead, beadDependencies, beads, importedLines, rigs } from "../db/schema.ts";
import { refusal } from "../lib/guard.ts";
import { iso } from "../lib/time.ts";
import { type Json, KEY, type Kept, keptOf, lineOf } from "./bd.ts";

export interface ExportPage {
  lines: string[];
  /** Null: that was all. */
  after: number | null;
}

/** Lines of a page, unless the client asks for fewer or more. */
const PAGE = 100;
/** So many beads a page looks at, of whichever rig: some milliseconds. It may hold fewer lines than it could, then, and be gone on from. */
const LOOKED_AT = 4_000;
/** How many values stand in one statement. */
const CHUNK = 50;

/** In the order of their creation, and then what else an import brought. @throws Refusal 404 */
export function exportBeads(tx: Tx, rig: string, after: number, limit = PAGE): ExportPage {
  if (!tx.select({ id: rigs.id }).from(rigs).where(eq(rigs.id, rig)).get())
    throw refusal(404, "rig_not_found", `There is no rig ${rig}.`, "GET …/rigs lists them.");
  if (after >= OTHERS) return othersOf(tx, rig, after, limit);
  const end = (nextAfter(tx, after) ?? 0) + LOOKED_AT;
  const page = tx
    .select()
    .from(beads)
    .where(and(eq(beads.rigId, rig), gt(beads.seq, after), lt(beads.seq, end)))
    .orderBy(asc(beads.seq))
    .limit(limit)
    .all();
  const bonds = bondsOf(tx, page);
  const names = namesOf(tx, rig, [...page.map(({ id }) => id), ...[...bonds.values()].flat().map(({ on }) => on)]);
  const lines = page.map((bead) => line(bead, bonds.get(bead.id) ?? [], (id) => names.get(id) ?? id));
  if (page.length === limit) return { lines, after: page.at(-1)?.seq ?? null };
  if (nextAfter(tx, end - 1) !== null) return { lines, after: end - 1 };
  return { lines, after: othersOf(tx, rig, OTHERS, 1).lines.length > 0 ? OTHERS : null };
}

const nextAfter = (tx: Tx, seq: number): number | null =>
  tx.get<{ seq: number | null }>(sql`SELECT min(seq) AS seq FROM ${beads} WHERE seq > ${seq}`)?.seq ?? null;

/** Places after the last bead that there can be: lines of an import about something else, as they came. */
const OTHERS = 1e15;

function othersOf(tx: Tx, rig: string, after: number, limit: number): ExportPage {
  const rows = tx
    .select({ id: importedLines.id, text: importedLines.text })
    .from(importedLines)
    .where(and(eq(importedLines.rigId, rig), gt(importedLines.id, after - OTHERS)))
    .orderBy(asc(importedLines.id))
    .limit(limit)
    .all();
  const last = rows.length === limit ? rows.at(-1)?.id : undefined;
  return { lines: rows.map(({ text }) => text), after: last === undefined ? null : OTHERS + last };
}

interface Bond {
  on: string;
  type: string;
}

/** What each of these depends on, its parent first. */
function bondsOf(tx: Tx, page: readonly Bead[]): Map<string, Bond[]> {
  const bonds = new Map<string, Bond[]>(
    page.map(({ id, parentId }) => [id, parentId === null ? [] : [{ on: parentId, type: "parent-child" }]]),
  );
  for (const ids of chunks([...bonds.keys()])) {
    const rows = tx
      .select()
      .from(beadDependencies)
      .where(inArray(beadDependencies.beadId, ids))
      .orderBy(beadDependencies.beadId, beadDependencies.blockerId)
      .all();
    for (const { beadId, blockerId, type } of rows) bonds.get(beadId)?.push({ on: blockerId, type });
  }
  return bonds;
}

/** A bead goes by the id it came with, unless a bead of this town has that id for its own. */
function namesOf(tx: Tx, rig: string, ids: readonly string[]): Map<string, string> {
  const names = new Map<string, string>();
  for (const chunk of chunks([...new Set(ids)])) {
    const rows = tx
      .select({ id: beads.id, theirs: sql<string | null>`json_extract(${beads.metadata}, ${`$.${KEY}.id`})` })
      .from(beads)
      .where(and(inArray(beads.id, chunk), eq(beads.rigId, rig)))
      .all();
    const theirs = rows.flatMap((row) => (typeof row.theirs === "string" ? [row.theirs] : []));
    const taken = new Set(
      tx
        .select({ id: beads.id })
        .from(beads)
        .where(inArray(beads.id, theirs))
        .all()
        .map(({ id }) => id),
    );
    for (const row of rows)
      if (typeof row.theirs === "string" && (row.theirs === row.id || !taken.has(row.theirs)))
        names.set(row.id, row.theirs);
  }
  return names;
}

function* chunks<T>(all: readonly T[]): Generator<T[]> {
  for (let from = 0; from < all.length; from += CHUNK) yield all.slice(from, from + CHUNK);
}

function line(bead: Bead, bonds: readonly Bond[], nameOf: (id: string) => string): string {
  const kept = keptOf(bead.metadata);
  const { [KEY]: _kept, ...others } = bead.metadata;
  const fields = { ...bead, metadata: kept ? others : bead.metadata };
  return lineOf(nameOf(bead.id), fields, kept, dependencies(bead, bonds, kept, nameOf));
}

/** Those that it came with, as they stood and as far as they still hold; then those it has got since. */
function dependencies(bead: Bead, bonds: readonly Bond[], kept: Kept | null, nameOf: (id: string) => string): Json[] {
  const issue = nameOf(bead.id);
  const key = ({ on, type }: Bond) => `${type} ${on}`;
  const left = new Map(bonds.map((bond) => [key(bond), bond]));
  const lines: Json[] = [];
  for (const { theirs, on, type } of kept?.dependencies ?? []) {
    if (on === undefined || type === undefined) lines.push(renamed(theirs, kept?.id, issue));
    else if (left.delete(key({ on, type }))) lines.push(renamed(theirs, kept?.id, issue, nameOf(on)));
  }
  for (const { on, type } of left.values())
    lines.push({
      issue_id: issue,
      depends_on_id: nameOf(on),
      type,
      created_at: iso(bead.createdAtMs),
      created_by: "townkeeper",
    });
  return lines;
}

function renamed(theirs: Json, was: string | undefined, issue: string, on?: string): Json {
  if (typeof theirs !== "object" || theirs === null || Array.isArray(theirs)) return theirs;
  return {
    ...theirs,
    ...(theirs.issue_id === was && was !== undefined && { issue_id: issue }),
    ...(on !== undefined && { depends_on_id: on }),
  };
}
