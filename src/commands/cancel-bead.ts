import { z } from "zod";
import { cancelBead } from "../attempts/stop.ts";
import { withCutOffTold } from "../beads/cut-off.ts";
import { existingBead, refuseOtherFence } from "../db/existing.ts";
import type { Bead } from "../db/schema.ts";
import { refusal } from "../lib/guard.ts";
import { slug } from "../protocol/common.ts";
import { beadSchema, beadView } from "../views/bead.ts";
import { defineCommand } from "./define.ts";
import { ifFence, reason } from "./inputs.ts";

/** Durable in every state, from this moment; what runs is called off by its fence. */
export const cancelBeadCommand = defineCommand({
  name: "cancel-bead",
  type: "bead_cancelled",
  method: "POST",
  path: "/beads/{bead}/cancel",
  scope: "beads:write",
  summary: "Cancels a bead, in any state; what runs for it is stopped.",
  params: { bead: slug },
  body: z.strictObject({
    reason,
    fence: ifFence,
  }),
  output: beadSchema,
  apply(tx, { bead: id, reason, fence }, ctx): Bead {
    const bead = existingBead(tx, id);
    refuseIfOver(bead);
    refuseOtherFence(`Bead ${id}`, bead.fence, fence);
    return withCutOffTold(tx, [id], ctx, () => cancelBead(tx, bead, reason, ctx));
  },
  answer: beadView,
  after: (town, { bead }) => town.startsArrived((order) => order.bead === bead),
});

function refuseIfOver({ id, status }: Bead): void {
  if (status === "cancelled")
    throw refusal(409, "already_cancelled", `Bead ${id} is cancelled already.`, "`retry` would bring it back.");
  if (status === "closed")
    throw refusal(
      409,
      "already_closed",
      `Bead ${id} is closed.`,
      "Create a bead that undoes it, or `reopen` it first.",
    );
}
