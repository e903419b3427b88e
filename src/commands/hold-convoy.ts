import { eq } from "drizzle-orm";
import { countForMembers, existingConvoy, isOver, membersOf, refuseIfConvoyOver } from "../beads/convoys.ts";
import { note } from "../beads/notes.ts";
import { type Convoy, convoys } from "../db/schema.ts";
import { defineEvent } from "../events/define.ts";
import { refusal } from "../lib/guard.ts";
import { convoyReason } from "./inputs.ts";

/** What of it has not begun waits until somebody starts it; what has begun goes on. */
export const convoyHeld = defineEvent({
  type: "convoy_held",
  payload: convoyReason,
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
});
