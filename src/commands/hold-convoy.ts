import { eq } from "drizzle-orm";
import { z } from "zod";
import { readConvoy } from "../beads/convoy-reads.ts";
import { countForMembers, existingConvoy, isOver, membersOf, refuseIfConvoyOver } from "../beads/convoys.ts";
import { note } from "../beads/notes.ts";
import { type Convoy, convoys } from "../db/schema.ts";
import { refusal } from "../lib/guard.ts";
import { slug } from "../protocol/common.ts";
import { convoyDetailView, convoySchema } from "../views/convoy.ts";
import { defineCommand } from "./define.ts";
import { reason } from "./inputs.ts";

/** What of it has not begun waits until an operator starts it; what has begun goes on. */
export const holdConvoyCommand = defineCommand({
  name: "hold-convoy",
  type: "convoy_held",
  method: "POST",
  path: "/convoys/{convoy}/hold",
  scope: "work:control",
  summary: "Holds a convoy: what of it has not begun waits until it is started.",
  params: { convoy: slug },
  body: z.strictObject({ reason }),
  output: convoySchema,
  apply(tx, { convoy: id, reason }, { nowMs }): Convoy {
    const convoy = existingConvoy(tx, id);
    refuseIfConvoyOver(convoy);
    if (convoy.state === "held")
      throw refusal(409, "already_held", `Convoy ${id} is held already.`, "Nothing was changed.");
    countForMembers(tx, id, 1, nowMs);
    for (const bead of membersOf(tx, id))
      if (!isOver(bead, convoy)) note(tx, bead.id, "convoy", `${id} is held: ${reason}`, nowMs);
    return tx.update(convoys).set({ state: "held" }).where(eq(convoys.id, id)).returning().get();
  },
  answer: ({ id }, tx) => convoyDetailView(readConvoy(tx, id)),
});
