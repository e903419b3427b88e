import { eq, inArray, sql } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { existingBead } from "../db/existing.ts";
import { type Bead, beadDependencies, beads, rigs, town } from "../db/schema.ts";
import { findCycle } from "../lib/cycle.ts";
import { assert, Refusal } from "../lib/guard.ts";
import { defineEvent } from "./define.ts";
import { type BeadsInput, beadsInput } from "./inputs.ts";

type Input = BeadsInput["beads"][number] & { id: string; seq: number };

/** One bead or many, with the dependencies among them: all of them or none. */
export const beadsCreated = defineEvent({
  type: "beads_created",
  payload: beadsInput,
  apply(tx, { beads: given }, { nowMs }): Bead[] {
    refuseUnknownRigs(tx, given);
    for (const { parent } of given) if (parent !== undefined) existingBead(tx, parent);
    const inputs = withIds(tx, given);
    const dependencies = resolve(tx, inputs);
    const cycle = findCycle(dependencies);
    if (cycle)
      throw refused(
        "dependency_cycle",
        `These beads wait for one another: ${cycle.map((id) => labelOf(inputs, id)).join(" → ")}.`,
        "Remove one of these dependencies.",
      );
    const openBlockers = openAmong(tx, inputs, dependencies);
    return inputs.map((input) => insertBead(tx, input, dependencies.get(input.id) ?? [], openBlockers, nowMs));
  },
});

const refused = (code: string, detail: string, hint: string) => new Refusal({ status: 422, code, detail, hint });

const labelOf = (inputs: Input[], id: string): string => inputs.find((input) => input.id === id)?.ref ?? id;

function refuseUnknownRigs(tx: Tx, given: BeadsInput["beads"]): void {
  for (const rigId of new Set(given.map(({ rig }) => rig)))
    if (!tx.select({ id: rigs.id }).from(rigs).where(eq(rigs.id, rigId)).get())
      throw refused("rig_unknown", `There is no rig ${rigId}.`, "Add the rig first: POST …/rigs.");
}

/** Ids are the rig's name and a number that rises within the town: short enough to say aloud. */
function withIds(tx: Tx, given: BeadsInput["beads"]): Input[] {
  const row = tx
    .update(town)
    .set({ lastBead: sql`${town.lastBead} + ${given.length}` })
    .returning({ last: town.lastBead })
    .get();
  assert(row, "a town has its row before it has beads");
  const first = row.last - given.length + 1;
  return given.map((input, index) => ({ ...input, seq: first + index, id: `${input.rig}-${first + index}` }));
}

/** Bead id → ids of what it depends on. A `ref` of this batch wins over an id. */
function resolve(tx: Tx, inputs: Input[]): Map<string, string[]> {
  const byRef = new Map<string, string>();
  for (const { ref, id } of inputs) {
    if (ref === undefined) continue;
    if (byRef.has(ref))
      throw refused("ref_repeated", `Two beads of this batch have the ref ${ref}.`, "Give each its own ref.");
    byRef.set(ref, id);
  }
  return new Map(
    inputs.map(({ id, dependsOn }) => [
      id,
      [...new Set(dependsOn.map((name) => byRef.get(name) ?? existing(tx, name)))],
    ]),
  );
}

function existing(tx: Tx, id: string): string {
  if (tx.select({ id: beads.id }).from(beads).where(eq(beads.id, id)).get()) return id;
  throw refused(
    "dependency_unknown",
    `There is no bead ${id} to depend on.`,
    "Use the id of a bead, or the ref of one in this batch.",
  );
}

/** Blockers that are not closed. A failed or cancelled one still blocks: what it was to bring did not come. */
function openAmong(tx: Tx, inputs: Input[], dependencies: Map<string, string[]>): Set<string> {
  const fresh = new Set(inputs.map(({ id }) => id));
  const old = [...new Set([...dependencies.values()].flat())].filter((id) => !fresh.has(id));
  const open = new Set(fresh);
  for (let from = 0; from < old.length; from += 50) {
    const rows = tx
      .select({ id: beads.id, status: beads.status })
      .from(beads)
      .where(inArray(beads.id, old.slice(from, from + 50)))
      .all();
    for (const { id, status } of rows) if (status !== "closed") open.add(id);
  }
  return open;
}

function insertBead(tx: Tx, input: Input, blockers: string[], openBlockers: Set<string>, nowMs: number): Bead {
  const { ref: _ref, rig: rigId, dependsOn: _dependsOn, parent: parentId, ...words } = input;
  const { id } = input;
  for (const blockerId of blockers) tx.insert(beadDependencies).values({ beadId: id, blockerId }).run();
  const blockedBy = blockers.filter((blocker) => openBlockers.has(blocker)).length;
  return tx
    .insert(beads)
    .values({
      ...words,
      rigId,
      parentId,
      status: "open",
      blockedBy,
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
    })
    .returning()
    .get();
}
