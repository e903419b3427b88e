/** How imported lines bind and loose what is there. */
import { and, eq, sql } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { existingBead } from "../db/existing.ts";
import { beadDependencies, beads } from "../db/schema.ts";
import { refusal } from "../lib/guard.ts";
import type { Kept } from "./bd.ts";
import type { BondType, Foreign } from "./bd-read.ts";
import type { Bindings } from "./import-bonds.ts";
import { bondsChanged, placeChanged, waitsForItself } from "./waits.ts";

export const circle = (id: string) =>
  refusal(
    422,
    "dependency_cycle",
    `Bead ${id} would wait for beads that wait for it.`,
    "Remove one of these dependencies.",
  );

export interface Bond {
  on: string;
  type: BondType;
}
const wordOf = ({ on, type }: Bond): string => `${type} ${on}`;

/** What they have bound or loosed since, unless it was done here otherwise. */
export function rebind(tx: Tx, id: string, kept: Kept, line: Foreign, bound: Bindings) {
  const before = new Map((kept.dependencies ?? []).flatMap(({ on, type }) => bondsOf({ on, type })));
  const after = new Map(bound.flatMap((bond) => bondsOf(bond ?? {})));
  const { parentId } = existingBead(tx, id);
  let changed = false;
  for (const [word, bond] of before) if (!after.has(word)) changed = loose(tx, id, bond) || changed;
  const refused = new Set<string>();
  for (const [word, bond] of after) {
    if (before.has(word)) continue;
    if (bind(tx, id, bond)) changed = true;
    else refused.add(word);
  }
  if (changed) settle(tx, id, parentId);
  const dependencies =
    line.dependencies?.map(({ theirs }, at) => {
      const bond = bound[at];
      return bond && !refused.has(wordOf(bond)) ? { theirs, ...bond } : { theirs };
    }) ?? null;
  return { changed, dependencies, left: refused.size > 0 ? ["dependencies"] : [] };
}

const bondsOf = ({ on, type }: { on?: string | undefined; type?: string | undefined }): [string, Bond][] =>
  on === undefined || type === undefined ? [] : [[`${type} ${on}`, { on, type: type as BondType }]];

export function settle(tx: Tx, id: string, former: string | null): void {
  const { parentId, status } = existingBead(tx, id);
  if (status !== "closed" && waitsForItself(tx, id)) throw circle(id);
  if (parentId === former) bondsChanged(tx, id, null);
  else placeChanged(tx, id, former, null);
}

/** @returns whether it stood */
function loose(tx: Tx, id: string, { on, type }: Bond): boolean {
  if (type === "parent-child")
    return (
      tx
        .update(beads)
        .set({ parentId: null })
        .where(and(eq(beads.id, id), eq(beads.parentId, on)))
        .returning({ id: beads.id })
        .get() !== undefined
    );
  const { beadId, blockerId, type: kind } = beadDependencies;
  const which = and(eq(beadId, id), eq(blockerId, on), eq(kind, type));
  return tx.delete(beadDependencies).where(which).returning({ id: beadId }).get() !== undefined;
}

/** @returns false where another of its kind stands: it was put there here */
export function bind(tx: Tx, id: string, { on, type }: Bond): boolean {
  if (type !== "parent-child")
    return (
      tx
        .insert(beadDependencies)
        .values({ beadId: id, blockerId: on, type })
        .onConflictDoNothing()
        .returning({ id: beadDependencies.beadId })
        .get() !== undefined
    );
  if (existingBead(tx, id).parentId !== null || isBelow(tx, on, id)) return false;
  tx.update(beads).set({ parentId: on }).where(eq(beads.id, id)).run();
  return true;
}

const isBelow = (tx: Tx, id: string, ancestor: string): boolean =>
  tx.get(sql`WITH RECURSIVE line(id) AS (SELECT ${id}
      UNION SELECT b.parent_id FROM line JOIN beads b ON b.id = line.id WHERE b.parent_id IS NOT NULL)
    SELECT 1 FROM line WHERE id = ${ancestor}`) !== undefined;
