import { eq } from "drizzle-orm";
import { cancelBead } from "../attempts/stop.ts";
import { countForMembers, existingConvoy, isOver, membersOf, refuseIfConvoyOver } from "../beads/convoys.ts";
import { withCutOffTold } from "../beads/cut-off.ts";
import { existingBead } from "../db/existing.ts";
import { type Convoy, convoys } from "../db/schema.ts";
import { defineEvent } from "../events/define.ts";
import { convoyReason } from "./inputs.ts";

/** Nobody wants the rest of it. */
export const convoyCancelled = defineEvent({
  type: "convoy_cancelled",
  payload: convoyReason,
  apply(tx, { convoy: id, reason }, ctx): Convoy {
    const convoy = existingConvoy(tx, id);
    refuseIfConvoyOver(convoy);
    if (convoy.state === "held") countForMembers(tx, id, -1, ctx.nowMs);
    // Before its members are, so that none of them is freed, or closes it, on the way.
    const cancelled = tx
      .update(convoys)
      .set({ state: "cancelled", closedAtMs: ctx.nowMs })
      .where(eq(convoys.id, id))
      .returning()
      .get();
    const unwanted = membersOf(tx, id).filter((member) => !isOver(member, convoy));
    const ids = unwanted.map((member) => member.id);
    withCutOffTold(tx, ids, ctx, () => {
      for (const member of ids) cancelBead(tx, existingBead(tx, member), reason, ctx);
    });
    return cancelled;
  },
});
