import { and, eq, sql } from "drizzle-orm";
import { z } from "zod";
import { withCutOffTold } from "../beads/cut-off.ts";
import { type DependencyType, refuseOwnAncestor } from "../beads/family.ts";
import { note } from "../beads/notes.ts";
import { bondsChanged, placeChanged } from "../beads/waits.ts";
import type { Tx } from "../db/client.ts";
import { existingBead } from "../db/existing.ts";
import { type Bead, beadDependencies, beads } from "../db/schema.ts";
import { refusal } from "../lib/guard.ts";
import { statusWords } from "../lib/status-words.ts";
import { slug } from "../protocol/common.ts";
import { beadSchema, beadView } from "../views/bead.ts";
import { defineCommand } from "./define.ts";
import { dependencyType } from "./inputs.ts";

const change = z
  .strictObject({
    add: z
      .array(z.strictObject({ on: slug, type: dependencyType.default("blocks") }))
      .max(100)
      .default([]),
    remove: z.array(slug).max(100).default([]),
  })
  .refine(({ add, remove }) => add.length + remove.length > 0, "say what to add or remove");
type Change = z.output<typeof change>;

/** The operator says what a bead waits for, or belongs to; or no longer does. All of it, or none. */
export const changeDependenciesCommand = defineCommand({
  name: "change-dependencies",
  type: "dependencies_changed",
  method: "POST",
  path: "/beads/{bead}/dependencies",
  scope: "beads:write",
  summary: "Adds and removes what a bead waits for, or belongs to: all of it or none.",
  params: { bead: slug },
  body: change,
  output: beadSchema,
  apply(tx, { bead: id, ...change }, ctx): Bead {
    const bead = existingBead(tx, id);
    withCutOffTold(tx, [id], ctx, () => changeBonds(tx, bead, change, ctx.nowMs));
    return existingBead(tx, id);
  },
  answer: beadView,
});

function changeBonds(tx: Tx, bead: Bead, { add, remove }: Change, nowMs: number): void {
  const { id } = bead;
  let { parentId } = bead;
  for (const other of remove) {
    const wasParent = parentId === other;
    if (wasParent) parentId = null;
    removed(tx, id, other, wasParent);
  }
  for (const { on, type } of add) {
    if (type === "parent-child") parentId = adopted(tx, id, parentId, on);
    else added(tx, bead, on, type);
  }
  const said = [...add.map(({ on, type }) => `${type} ${on}`), ...remove.map((other) => `no more ${other}`)];
  note(tx, id, "dependencies", said.join(", "), nowMs);
  tx.update(beads).set({ parentId, updatedAtMs: nowMs }).where(eq(beads.id, id)).run();
  if (parentId === bead.parentId) bondsChanged(tx, id, nowMs);
  else placeChanged(tx, id, bead.parentId, nowMs);
}

/** The parent stands with the bead itself. */
function adopted(tx: Tx, id: string, parentId: string | null, parent: string): string {
  if (parentId === parent) throw exists(id, parent);
  if (parentId !== null)
    throw refusal(
      409,
      "has_parent",
      `Bead ${id} has the parent ${parentId}.`,
      "A bead has one parent at most: remove that first, in the same call.",
    );
  refuseOwnAncestor(tx, id, parent);
  return parent;
}

function removed(tx: Tx, beadId: string, blockerId: string, wasParent: boolean): void {
  const row = tx
    .delete(beadDependencies)
    .where(and(eq(beadDependencies.beadId, beadId), eq(beadDependencies.blockerId, blockerId)))
    .returning()
    .get();
  if (!row && !wasParent)
    throw refusal(
      404,
      "dependency_not_found",
      `Bead ${beadId} has no dependency on ${blockerId}.`,
      `GET …/beads/${beadId} lists them.`,
    );
}

function added(tx: Tx, { id: beadId, status }: Bead, blockerId: string, type: DependencyType): void {
  existingBead(tx, blockerId);
  const known = and(eq(beadDependencies.beadId, beadId), eq(beadDependencies.blockerId, blockerId));
  if (tx.select({ type: beadDependencies.type }).from(beadDependencies).where(known).get())
    throw exists(beadId, blockerId);
  if (type === "blocks") {
    if (status !== "open")
      throw refusal(
        409,
        "not_waiting",
        `Bead ${beadId} is ${statusWords(status)}.`,
        "Only an open bead can be made to wait for another.",
      );
    refuseCycle(tx, beadId, blockerId);
  }
  tx.insert(beadDependencies).values({ beadId, blockerId, type }).run();
}

const exists = (beadId: string, blockerId: string) =>
  refusal(
    409,
    "dependency_exists",
    `Bead ${beadId} has one on ${blockerId} already.`,
    "Remove that first, in the same call.",
  );

/** From the new blocker down everything that it waits for: if this bead is among it, they would wait for one another. */
function refuseCycle(tx: Tx, beadId: string, blockerId: string): void {
  const steps = sql`WITH RECURSIVE way(id, via) AS (
      SELECT ${blockerId}, ${beadId}
      UNION SELECT d.blocker_id, way.id FROM way JOIN bead_dependencies d ON d.bead_id = way.id AND d.type = 'blocks'
        WHERE way.id <> ${beadId}
    )`;
  if (!tx.get(sql`${steps} SELECT 1 FROM way WHERE id = ${beadId} LIMIT 1`)) return;
  // The first way to each: beads that are over may wait for one another.
  const via = new Map<string, string>();
  for (const step of tx.all<{ id: string; via: string }>(sql`${steps} SELECT id, via FROM way`))
    if (!via.has(step.id)) via.set(step.id, step.via);
  const path = [beadId];
  do path.unshift(via.get(path[0] ?? "") ?? beadId);
  while (path[0] !== beadId);
  const detail = `These beads would wait for one another: ${path.join(" → ")}.`;
  throw refusal(422, "dependency_cycle", detail, "Remove one of these dependencies.");
}
