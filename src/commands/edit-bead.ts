import { and, eq } from "drizzle-orm";
import { type Json, KEY } from "../beads/bd.ts";
import { refuseOwnAncestor } from "../beads/family.ts";
import { note } from "../beads/notes.ts";
import { closeIfWhole } from "../beads/over.ts";
import { isContainer, placeChanged } from "../beads/waits.ts";
import type { Tx } from "../db/client.ts";
import { existingBead } from "../db/existing.ts";
import { agents, attempts, type Bead, beads } from "../db/schema.ts";
import { isLive } from "../db/step.ts";
import { refusal } from "../lib/guard.ts";
import { statusWords } from "../lib/status-words.ts";
import { quoted } from "../lib/text.ts";
import { slug } from "../protocol/common.ts";
import { beadSchema, beadView } from "../views/bead.ts";
import { defineCommand } from "./define.ts";
import { type BeadEdit, beadEdit } from "./inputs.ts";

/** The operator changes what it says. What runs now goes on as it began; the next try is told the new words. */
export const editBeadCommand = defineCommand({
  name: "edit-bead",
  type: "bead_edited",
  method: "PATCH",
  path: "/beads/{bead}",
  scope: "beads:write",
  summary: "Changes a bead: what is left out stays as it is. `hold` makes it wait, null ends that.",
  params: { bead: slug },
  body: beadEdit,
  output: beadSchema,
  apply(tx, { bead: id, hold, parent, ...words }, { nowMs, news }): Bead {
    const bead = existingBead(tx, id);
    if (words.type !== undefined && isContainer(bead))
      throw refusal(
        409,
        "never_begun",
        `Bead ${id} is ${bead.type === "epic" ? "an epic" : "a record"}: it is no work, and can't become some.`,
        "Create a bead for what is to be done.",
      );
    // What an import keeps of a bead is not for others to lose.
    if (words.metadata && KEY in bead.metadata)
      words.metadata = { [KEY]: bead.metadata[KEY] as Json, ...words.metadata };
    const holds = hold === undefined ? {} : hold ? held(tx, bead, hold, nowMs) : unheld(tx, bead, nowMs);
    if (hold !== undefined) news?.(hold ? `HELD ${id} by ${hold.by}: ${quoted(hold.why)}` : `UNHELD ${id}`);
    if (parent) refuseOwnAncestor(tx, id, parent);
    const changed = Object.keys({ ...words, ...(parent !== undefined && { parent }) });
    if (changed.length > 0) note(tx, id, "edited", changed.join(", "), nowMs);
    tx.update(beads)
      .set({ ...words, ...(parent !== undefined && { parentId: parent }), ...holds, updatedAtMs: nowMs })
      .where(eq(beads.id, id))
      .run();
    if (parent !== undefined && parent !== bead.parentId) placeChanged(tx, id, bead.parentId, nowMs);
    if (hold === null) closeIfWhole(tx, id, nowMs);
    return existingBead(tx, id);
  },
  answer: beadView,
  after: (town, { bead, hold }) => (hold ? town.startsArrived((order) => order.bead === bead) : undefined),
});

/** It goes back to the queue and waits there: an agent that holds it lets go, unless its run is live. */
function held(tx: Tx, bead: Bead, { by, why }: NonNullable<BeadEdit["hold"]>, nowMs: number): Partial<Bead> {
  const { id, status } = bead;
  if (bead.hold)
    throw refusal(409, "already_held", `Bead ${id} is held already: ${bead.hold.why}`, "Nothing was changed.");
  if (status !== "open" && status !== "in_progress")
    throw refusal(
      409,
      "not_waiting",
      `Bead ${id} is ${statusWords(status)}.`,
      "Only a bead that waits for a run can be held.",
    );
  const live = tx
    .select({ fence: attempts.fence, agentId: attempts.agentId })
    .from(attempts)
    .where(and(eq(attempts.beadId, id), isLive))
    .get();
  if (live)
    throw refusal(
      409,
      "runs_now",
      `Fence ${live.fence} of bead ${id} runs.`,
      `Stop its agent first: POST …/agents/${live.agentId}/stop.`,
    );
  tx.update(agents).set({ beadId: null }).where(eq(agents.beadId, id)).run();
  note(tx, id, "held", `${by}: ${why}`, nowMs);
  return { hold: { by, why, sinceMs: nowMs }, status: "open", agentId: null, blockedBy: bead.blockedBy + 1 };
}

function unheld(tx: Tx, bead: Bead, nowMs: number): Partial<Bead> {
  if (!bead.hold) throw refusal(409, "not_held", `Bead ${bead.id} is not held.`, "Nothing was changed.");
  note(tx, bead.id, "unheld", "free to start again", nowMs);
  return { hold: null, blockedBy: bead.blockedBy - 1 };
}
