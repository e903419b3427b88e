import { eq } from "drizzle-orm";
import { existingConvoy, membersOf } from "../beads/convoys.ts";
import { keepRemoved } from "../db/removals.ts";
import { beads, type Convoy, convoys } from "../db/schema.ts";
import { refusal } from "../lib/guard.ts";
import { slug } from "../protocol/common.ts";
import { convoySummarySchema, convoySummaryView } from "../views/convoy.ts";
import { defineCommand } from "./define.ts";

/** Its members stay, and are of no convoy. */
export const removeConvoyCommand = defineCommand({
  name: "remove-convoy",
  type: "convoy_removed",
  method: "DELETE",
  path: "/convoys/{convoy}",
  scope: "beads:write",
  summary:
    "Removes a convoy that is over; its members stay. It can be had back for as long as the town keeps what is over.",
  params: { convoy: slug },
  output: convoySummarySchema,
  apply(tx, { convoy: id }, ctx): Convoy {
    const convoy = existingConvoy(tx, id);
    if (convoy.state !== "closed" && convoy.state !== "cancelled")
      throw refusal(
        409,
        "in_use",
        `Convoy ${id} is ${convoy.state}.`,
        `It can go when all its members are over, or once it is cancelled: POST …/convoys/${id}/cancel.`,
      );
    const members = membersOf(tx, id).map(({ id: bead, landsOn }) => ({ id: bead, landsOn }));
    keepRemoved(tx, { kind: "convoy", name: id, row: convoy, members }, ctx);
    // What comes back later lands where its rig's work does; but what stands on a branch that never landed may not bring that along.
    const landsOn = convoy.state === "closed" ? { landsOn: null } : {};
    tx.update(beads)
      .set({ convoyId: null, ...landsOn })
      .where(eq(beads.convoyId, id))
      .run();
    tx.delete(convoys).where(eq(convoys.id, id)).run();
    return convoy;
  },
  answer: (convoy) => convoySummaryView({ convoy, counts: {} }),
});
