/** Beads from another tracker: the rows for the lines that `lib/bd-read.ts` reads. */

import { eq, inArray, sql } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { existingBead } from "../db/existing.ts";
import { beads, importedLines } from "../db/schema.ts";
import type { StepContext } from "../db/step.ts";
import { refusal } from "../lib/guard.ts";
import { ended } from "../lib/text.ts";
import { KEY, type Kept, printsOf } from "./bd.ts";
import { BadLine, type Foreign, isOther, type Other, readLine } from "./bd-read.ts";
import { createBeads, type NewBead } from "./create.ts";
import { type Bindings, bindings, type Named, withoutRings } from "./import-bonds.ts";
import { bindLate } from "./import-late.ts";
import { type Left, renew } from "./import-renew.ts";

export interface Imported {
  created: number;
  /** Of those created. */
  ids: string[];
  /** Beads that this rig had, and that are now as their lines say. */
  updated: number;
  /** Lines that say nothing new. */
  skipped: number;
  /** The part of those created that is kept, and is no work. */
  records: number;
  /** Lines about something else than an issue, by what they are about. They are kept. */
  kept: Record<string, number>;
  /** Ids that stand in several lines: the newest one was taken. */
  duplicates: { id: string; lines: number[]; taken: number }[];
  /** What differs and was left alone, since it was changed here. */
  left: Left[];
  /** Dependencies on what neither this text nor this rig has. They are kept, keep no bead waiting, and bind once it comes. */
  unresolved: number;
}

/** So that a call takes a second or two at most. */
const MAX_LINES = 1_000;

/** All of it or none. */
export function importBeads(tx: Tx, rig: string, text: string, ctx: StepContext): Imported {
  const { nowMs } = ctx;
  const { issues, others, duplicates } = linesOf(text, nowMs);
  const kept = keepOthers(tx, rig, others, nowMs);
  const known = knownBeads(tx, rig, issues);
  const fresh = issues.filter(({ id }) => !known.has(id));
  const names = new Map(known);
  for (const { id, isPinned } of fresh) names.set(id, { name: id, isPinned });
  for (const { id, isPinned } of issues) names.set(id, { name: names.get(id)?.name ?? id, isPinned });
  const bound = withoutRings(fresh.map((line) => ({ line, bound: bindings(line, names) })));
  const ids = createAll(tx, rig, bound, nowMs);
  const idOf = (name: string) => ids.get(name) ?? name;
  const left: Left[] = [];
  let updated = 0;
  for (const line of issues) {
    const here = known.get(line.id);
    if (!here) continue;
    const news = renew(tx, here.name, line, bindings(line, names).map(named(idOf)), ctx);
    if (news.changed) updated++;
    left.push(...news.left);
  }
  bindLate(tx, rig, new Map(fresh.map(({ id, isPinned }) => [id, { name: idOf(id), isPinned }])));
  defer(tx, issues, (name) => idOf(names.get(name)?.name ?? name), nowMs);
  const unresolved = issues.flatMap(({ dependencies }) => dependencies ?? []).filter(({ on }) => on && !names.has(on));
  return {
    created: fresh.length,
    ids: [...ids.values()],
    updated,
    skipped: issues.length - fresh.length - updated,
    records: fresh.filter(({ fields }) => fields.type === "record").length,
    kept,
    duplicates,
    left,
    unresolved: unresolved.length,
  };
}

const named =
  (idOf: (name: string) => string) =>
  (bond: Bindings[number]): Bindings[number] =>
    bond && { ...bond, on: idOf(bond.on) };

type Numbered<T> = T & { at: number };

function linesOf(text: string, nowMs: number) {
  const issues = new Map<string, Numbered<Foreign>>();
  const seen = new Map<string, number[]>();
  const others: Other[] = [];
  let lines = 0;
  for (const [at, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    if (++lines > MAX_LINES) continue;
    const read = readNumbered(line, at + 1, nowMs);
    if (isOther(read)) {
      others.push(read);
      continue;
    }
    seen.set(read.id, [...(seen.get(read.id) ?? []), at + 1]);
    const former = issues.get(read.id);
    if (!former || former.fields.updatedAtMs <= read.fields.updatedAtMs) issues.set(read.id, { ...read, at: at + 1 });
  }
  if (lines > MAX_LINES)
    throw refusal(413, "too_many_lines", `${lines} lines; ${MAX_LINES} are the most.`, "Send them in parts.");
  const duplicates = [...seen].flatMap(([id, all]) =>
    all.length > 1 ? [{ id, lines: all, taken: issues.get(id)?.at ?? 0 }] : [],
  );
  return { issues: [...issues.values()], others, duplicates };
}

function readNumbered(line: string, number: number, nowMs: number): Foreign | Other {
  try {
    return readLine(line, nowMs);
  } catch (error) {
    if (!(error instanceof BadLine)) throw error;
    throw refusal(422, "bad_line", `Line ${number}: ${ended(error.message)}`, "Mend that line; nothing was imported.");
  }
}

/** The newest of each stays. */
function keepOthers(tx: Tx, rigId: string, others: readonly Other[], atMs: number): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { type, key, text } of others) {
    counts[type] = (counts[type] ?? 0) + 1;
    tx.insert(importedLines)
      .values({ rigId, type, key, text, atMs })
      .onConflictDoUpdate({ target: [importedLines.rigId, importedLines.type, importedLines.key], set: { text, atMs } })
      .run();
  }
  return counts;
}

/** Which of their ids are beads of this rig by now, or its own ids. Reads the rig's beads once. */
function knownBeads(tx: Tx, rig: string, lines: readonly Foreign[]): Map<string, Named> {
  const ids = JSON.stringify(
    lines.flatMap(({ id, dependencies }) => [id, ...(dependencies ?? []).map(({ on }) => on)]),
  );
  const theirs = sql`json_extract(metadata, ${`$.${KEY}.id`})`;
  const rows = tx.all<{ id: string; theirs: string | null; said: string | null }>(
    sql`WITH asked(id) AS (SELECT value FROM json_each(${ids}))
      SELECT id, ${theirs} AS theirs, json_extract(metadata, ${`$.${KEY}.said.status.theirs`}) AS said
        FROM beads WHERE rig_id = ${rig} AND (id IN asked OR ${theirs} IN asked)`,
  );
  const here = ({ id, said }: (typeof rows)[number]): Named => ({ name: id, isPinned: said === "pinned" });
  const known = new Map(rows.map((row) => [row.id, here(row)]));
  for (const row of rows) if (row.theirs !== null) known.set(row.theirs, here(row));
  return known;
}

/** @returns which bead each line has become: id → bead */
function createAll(
  tx: Tx,
  rig: string,
  all: readonly { line: Foreign; bound: Bindings }[],
  nowMs: number,
): Map<string, string> {
  const created = createBeads(
    tx,
    all.map(({ line, bound }) => newBead(rig, line, bound)),
    nowMs,
  );
  const ids = new Map(created.map(({ id }, at) => [all[at]?.line.id ?? id, id]));
  created.forEach(({ id, metadata }, at) => {
    const { line, bound } = all[at] as (typeof all)[number];
    const kept = keep(line, bound.map(named((name) => ids.get(name) ?? name)), nowMs);
    tx.update(beads)
      .set({ metadata: { ...metadata, [KEY]: kept } })
      .where(eq(beads.id, id))
      .run();
  });
  return ids;
}

function newBead(rig: string, { id, fields }: Foreign, bound: Bindings): NewBead {
  const { status, hold, createdAtMs, updatedAtMs, closedAtMs, head: _head, ...words } = fields;
  return {
    ...words,
    rig,
    ref: id,
    dependsOn: bound.filter((one) => one !== null),
    past: { status, hold, createdAtMs, updatedAtMs, closedAtMs },
  };
}

/** @param bound to beads */
const keep = ({ id, fields, rest, said, dependencies }: Foreign, bound: Bindings, atMs: number): Kept => ({
  id,
  atMs,
  saidAtMs: fields.updatedAtMs,
  prints: printsOf(fields),
  rest,
  said,
  dependencies: dependencies?.map(({ theirs }, at) => ({ theirs, ...bound[at] })) ?? null,
});

/** What was put off until some time waits for it, and so do its own parts; what has been tried here has a time of its own. */
function defer(tx: Tx, lines: readonly Foreign[], idOf: (name: string) => string, nowMs: number): void {
  for (const { id, fields, deferredUntilMs } of lines) {
    if (deferredUntilMs <= nowMs) continue;
    const bead = existingBead(tx, idOf(id));
    const parts = tx.select({ id: beads.id }).from(beads).where(eq(beads.parentId, bead.id)).all();
    const ids = [...(fields.hold ? [] : [bead.id]), ...parts.map((part) => part.id)];
    for (let from = 0; from < ids.length; from += 50)
      tx.update(beads)
        .set({ notBeforeMs: sql`max(${beads.notBeforeMs}, ${deferredUntilMs})` })
        .where(
          sql`${inArray(beads.id, ids.slice(from, from + 50))} AND ${beads.status} = 'open' AND ${beads.fence} IS NULL`,
        )
        .run();
  }
}
