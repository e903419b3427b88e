/** Beads from another tracker: the rows for the lines that `lib/bd.ts` reads. */
import { eq, sql } from "drizzle-orm";
import { BadLine, type Foreign, KEY, type Kept, readLine } from "../../lib/bd.ts";
import { refusal } from "../../lib/guard.ts";
import type { Tx } from "../client.ts";
import { beads } from "../schema.ts";
import { createBeads, type NewBead } from "./create.ts";

export interface Imported {
  created: number;
  /** Lines whose bead this rig has already. It stays as it is here, whatever the line says by now. */
  skipped: number;
  /** Dependencies on what neither this text nor this rig has. They are kept, and hold nobody up. */
  unresolved: number;
}

/** So that a call takes a second or two at most. */
const MAX_LINES = 1_000;

/** All of it or none. */
export function importBeads(tx: Tx, rig: string, text: string, nowMs: number): Imported {
  const lines = linesOf(text, nowMs);
  const known = knownBeads(tx, rig, lines);
  const fresh = lines.filter(({ id }) => !known.has(id));
  const names = new Map(known);
  for (const { id } of fresh) names.set(id, id);
  const bound = fresh.map((line) => bindings(line, names));
  const given = fresh.map((line, at) => newBead(rig, line, bound[at] as Bindings));
  const created = createBeads(tx, given, nowMs);
  const ids = new Map(created.map(({ id }, at) => [fresh[at]?.id, id]));
  created.forEach(({ id, metadata }, at) => {
    const kept = keep(fresh[at] as Foreign, bound[at] as Bindings, nowMs, (name) => ids.get(name) ?? name);
    tx.update(beads)
      .set({ metadata: { ...metadata, [KEY]: kept } })
      .where(eq(beads.id, id))
      .run();
  });
  const unresolved = fresh.flatMap(({ dependencies }) => dependencies ?? []).filter(({ on }) => on && !names.has(on));
  return { created: created.length, skipped: lines.length - fresh.length, unresolved: unresolved.length };
}

function linesOf(text: string, nowMs: number): Foreign[] {
  const lines: Foreign[] = [];
  const seen = new Set<string>();
  for (const [at, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    try {
      const foreign = readLine(line, nowMs);
      if (seen.has(foreign.id)) throw new BadLine(`id: ${foreign.id} stands in an earlier line`);
      seen.add(foreign.id);
      lines.push(foreign);
    } catch (error) {
      if (!(error instanceof BadLine)) throw error;
      const hint = "Mend that line; nothing was imported.";
      throw refusal(422, "bad_line", `Line ${at + 1}: ${error.message}.`, hint);
    }
  }
  if (lines.length > MAX_LINES)
    throw refusal(413, "too_many_lines", `${lines.length} lines; ${MAX_LINES} are the most.`, "Send them in parts.");
  return lines;
}

/** Which of their ids are beads of this rig by now, or its own ids: id → bead. Reads the rig's beads once. */
function knownBeads(tx: Tx, rig: string, lines: Foreign[]): Map<string, string> {
  const ids = JSON.stringify(
    lines.flatMap(({ id, dependencies }) => [id, ...(dependencies ?? []).map(({ on }) => on)]),
  );
  const theirs = sql`json_extract(metadata, ${`$.${KEY}.id`})`;
  const rows = tx.all<{ id: string; theirs: string | null }>(
    sql`WITH asked(id) AS (SELECT value FROM json_each(${ids}))
      SELECT id, ${theirs} AS theirs FROM beads WHERE rig_id = ${rig} AND (id IN asked OR ${theirs} IN asked)`,
  );
  const known = new Map(rows.map(({ id }) => [id, id]));
  for (const { id, theirs: name } of rows) if (name !== null) known.set(name, id);
  return known;
}

/** For each dependency of a line whom it binds the bead to, if it does. */
type Bindings = ({ on: string; type: NewBead["dependsOn"][number]["type"] } | null)[];

/** One of each kind: a bead has one parent, and one dependency on another. What goes beyond that is only kept. */
function bindings({ id, dependencies }: Foreign, names: ReadonlyMap<string, string>): Bindings {
  const taken = new Set<string>();
  return (dependencies ?? []).map(({ on, type }) => {
    const name = on === null || on === id ? undefined : names.get(on);
    if (name === undefined || !isType(type)) return null;
    const place = type === "parent-child" ? "the parent" : `on ${name}`;
    if (taken.has(place)) return null;
    taken.add(place);
    return { on: name, type };
  });
}

const isType = (type: string): type is NewBead["dependsOn"][number]["type"] =>
  ["blocks", "related", "discovered-from", "parent-child"].includes(type);

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

const keep = (
  { id, rest, said, dependencies }: Foreign,
  bound: Bindings,
  atMs: number,
  idOf: (name: string) => string,
): Kept => ({
  id,
  atMs,
  rest,
  said,
  dependencies:
    dependencies?.map(({ theirs }, at) => {
      const binding = bound[at];
      return binding ? { theirs, on: idOf(binding.on), type: binding.type } : { theirs };
    }) ?? null,
});
