import { eq } from "drizzle-orm";
import { z } from "zod";
import { cancelBead } from "../attempts/stop.ts";
import { readConvoy } from "../beads/convoy-reads.ts";
import { countForMembers, existingConvoy, isOver, membersOf, refuseIfConvoyOver } from "../beads/convoys.ts";
import { withCutOffTold } from "../beads/cut-off.ts";
import { existingBead } from "../db/existing.ts";
import { type Convoy, convoys } from "../db/schema.ts";
import { slug } from "../protocol/common.ts";
import { convoyDetailView, convoySchema } from "../views/convoy.ts";
import { defineCommand } from "./define.ts";
import { reason } from "./inputs.ts";

/** The operator calls off the rest of it. */
export const cancelConvoyCommand = defineCommand({
  name: "cancel-convoy",
  type: "convoy_cancelled",
  method: "POST",
  path: "/convoys/{convoy}/cancel",
  scope: "beads:write",
  summary: "Cancels a convoy, and each of its members that is not over.",
  params: { convoy: slug },
  body: z.strictObject({ reason }),
  output: convoySchema,
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
  answer: ({ id }, tx) => convoyDetailView(readConvoy(tx, id)),
  after: (town) => town.startsArrived(() => true),
});
