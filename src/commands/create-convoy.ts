import { eq } from "drizzle-orm";
import { refuseBranch } from "../beads/convoy-branch.ts";
import { readConvoy } from "../beads/convoy-reads.ts";
import { addConvoy, joinConvoy, membersChanged } from "../beads/convoys.ts";
import { createBeads } from "../beads/create.ts";
import { existingBead } from "../db/existing.ts";
import { type Convoy, convoys } from "../db/schema.ts";
import { refusal } from "../lib/guard.ts";
import { convoyDetailView, convoySchema } from "../views/convoy.ts";
import { defineCommand } from "./define.ts";
import { convoyInput } from "./inputs.ts";

export const createConvoyCommand = defineCommand({
  name: "create-convoy",
  type: "convoy_created",
  mendsNothing: true,
  method: "POST",
  path: "/convoys",
  scope: "beads:write",
  summary: "Creates a convoy of new beads, of beads that there are, or of both: all of it or none.",
  body: convoyInput,
  output: convoySchema,
  status: 201,
  location: ({ id }) => id,
  apply(tx, { id, title, onFailure, held, branch = null, beads, members }, { nowMs }): Convoy {
    if (tx.select({ id: convoys.id }).from(convoys).where(eq(convoys.id, id)).get())
      throw refusal(409, "convoy_exists", `There is a convoy ${id} already.`, "Choose another id.");
    if (branch !== null)
      refuseBranch(tx, branch, [...beads, ...members.map((bead) => ({ rig: existingBead(tx, bead).rigId }))]);
    const state = held ? "held" : "running";
    const convoy = addConvoy(tx, { id, title, state, onFailure, branch, createdAtMs: nowMs });
    createBeads(tx, beads, nowMs, { id, isHeld: held, landsOn: branch });
    if (members.length === 0) return convoy;
    for (const bead of members) joinConvoy(tx, existingBead(tx, bead), convoy, nowMs);
    return membersChanged(tx, convoy, nowMs);
  },
  answer: ({ id }, tx) => convoyDetailView(readConvoy(tx, id)),
});
