import { desc, eq } from "drizzle-orm";
import type { z } from "zod";
import type { Tx } from "../db/client.ts";
import { existingBead } from "../db/existing.ts";
import { beadDependencies, beadNotes, beads } from "../db/schema.ts";
import { slug } from "../protocol/common.ts";
import { attemptView } from "../views/attempt.ts";
import { beadView } from "../views/bead.ts";
import { beadDetailSchema, noteView } from "../views/bead-detail.ts";
import { defineQuery } from "./define.ts";
import { listAttempts } from "./list-attempts.ts";

export const readBeadQuery = defineQuery({
  name: "read-bead",
  path: "/beads/{bead}",
  scope: "beads:read",
  summary: "Shows a bead, with its dependencies, its notes and its attempts.",
  params: { bead: slug },
  output: beadDetailSchema,
  read: (tx, { bead }) => readBead(tx, bead),
});

/** How much of a bead's past is shown with it; the rest is in `attempts?bead=`, and in its timeline. */
const SHOWN = 50;

const asParent = ({ id }: { id: string }) => ({ id, type: "parent-child" as const });

/** @throws Refusal 404 */
function readBead(tx: Tx, id: string): z.output<typeof beadDetailSchema> {
  const bead = existingBead(tx, id);
  const on = tx
    .select({ id: beadDependencies.blockerId, type: beadDependencies.type })
    .from(beadDependencies)
    .where(eq(beadDependencies.beadId, id))
    .all();
  const blocks = tx
    .select({ id: beadDependencies.beadId, type: beadDependencies.type })
    .from(beadDependencies)
    .where(eq(beadDependencies.blockerId, id))
    .all();
  const children = tx.select({ id: beads.id }).from(beads).where(eq(beads.parentId, id)).orderBy(beads.seq).all();
  const parents = bead.parentId === null ? [] : [{ id: bead.parentId }];
  const notes = tx
    .select()
    .from(beadNotes)
    .where(eq(beadNotes.beadId, id))
    .orderBy(desc(beadNotes.id))
    .limit(SHOWN)
    .all();
  return {
    ...beadView(bead),
    dependsOn: [...on, ...parents.map(asParent)],
    blocks: [...blocks, ...children.map(asParent)],
    notes: notes.toReversed().map(noteView),
    attempts: listAttempts(tx, { bead: id, limit: SHOWN }).map(attemptView),
  };
}
