/** Parts of a file come in any order: what came before the bead that it depends on is bound when that comes. */
import { eq, sql } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { existingBead } from "../db/existing.ts";
import { beads } from "../db/schema.ts";
import { KEY, keptOf } from "./bd.ts";
import { dependency } from "./bd-read.ts";
import { bindings, type Named } from "./import-bonds.ts";
import { bind, settle } from "./import-rebind.ts";

/** @param came what this import has brought: id → bead */
export function bindLate(tx: Tx, rig: string, came: ReadonlyMap<string, Named>): void {
  const ids = JSON.stringify([...came.keys()]);
  const early = tx.all<{ id: string }>(
    sql`SELECT DISTINCT b.id, b.seq FROM beads b, json_each(b.metadata, ${`$.${KEY}.dependencies`}) d WHERE b.rig_id = ${rig}
      AND d.type = 'object' AND json_extract(d.value, '$.on') IS NULL
      AND json_extract(d.value, '$.theirs.depends_on_id') IN (SELECT value FROM json_each(${ids})) ORDER BY b.seq`,
  );
  const fresh = new Set([...came.values()].map(({ name }) => name));
  for (const { id } of early) if (!fresh.has(id)) bindAnew(tx, id, came);
}

const NO_BEAD = { theirs: null, on: null, type: null };

function bindAnew(tx: Tx, id: string, came: ReadonlyMap<string, Named>): void {
  const { metadata, parentId } = existingBead(tx, id);
  const kept = keptOf(metadata);
  if (!kept?.dependencies) return;
  // Only what was not bound: the rest may have been loosed here since.
  const unbound = kept.dependencies.map(({ theirs, on }) => (on === undefined ? dependency(theirs) : NO_BEAD));
  const bound = bindings({ id: kept.id, dependencies: unbound }, came);
  const dependencies = kept.dependencies.map((known, at) => {
    const bond = bound[at];
    return bond && bond.on !== id && bind(tx, id, bond) ? { theirs: known.theirs, ...bond } : known;
  });
  tx.update(beads)
    .set({ metadata: { ...metadata, [KEY]: { ...kept, dependencies } } })
    .where(eq(beads.id, id))
    .run();
  settle(tx, id, parentId);
}
