import { desc, eq, sql } from "drizzle-orm";
import { refuseBranch } from "../beads/convoy-branch.ts";
import { readConvoy } from "../beads/convoy-reads.ts";
import { createBeads } from "../beads/create.ts";
import { type Convoy, convoys } from "../db/schema.ts";
import { refusal } from "../lib/guard.ts";
import { convoyDetailView, convoySchema } from "../views/convoy.ts";
import { defineCommand } from "./define.ts";
import { convoyInput } from "./inputs.ts";

/** Beads that belong together, and what they belong to: all of it or none. */
export const createConvoyCommand = defineCommand({
  name: "create-convoy",
  type: "convoy_created",
  mendsNothing: true,
  method: "POST",
  path: "/convoys",
  scope: "beads:write",
  summary: "Creates beads that belong together, and their convoy: all of it or none.",
  body: convoyInput,
  output: convoySchema,
  status: 201,
  location: ({ id }) => id,
  apply(tx, { id, title, onFailure, held, branch = null, beads }, { nowMs }): Convoy {
    if (tx.select({ id: convoys.id }).from(convoys).where(eq(convoys.id, id)).get())
      throw refusal(409, "convoy_exists", `There is a convoy ${id} already.`, "Choose another id.");
    if (branch !== null) refuseBranch(tx, branch, beads);
    // A new row comes after all there are, so the order of creation is the order of rows.
    const last = tx.select({ seq: convoys.seq }).from(convoys).orderBy(desc(sql`rowid`)).limit(1).get();
    const state = held ? "held" : "running";
    const convoy = tx
      .insert(convoys)
      .values({ id, seq: (last?.seq ?? 0) + 1, title, state, onFailure, branch, createdAtMs: nowMs })
      .returning()
      .get();
    createBeads(tx, beads, nowMs, { id, isHeld: held, landsOn: branch });
    return convoy;
  },
  answer: ({ id }, tx) => convoyDetailView(readConvoy(tx, id)),
});
