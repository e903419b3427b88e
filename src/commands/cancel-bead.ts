import { withCutOffTold } from "../beads/cut-off.ts";
import { cancelBead } from "../beads/over.ts";
import { existingBead, refuseOtherFence } from "../db/existing.ts";
import type { Bead } from "../db/schema.ts";
import { defineEvent } from "../events/define.ts";
import { cancelInput } from "../events/inputs.ts";
import { refusal } from "../lib/guard.ts";

/** Somebody does not want this any more. Durable in every state, from this moment; what runs is called off by its fence. */
export const beadCancelled = defineEvent({
  type: "bead_cancelled",
  payload: cancelInput,
  apply(tx, { bead: id, reason, fence }, ctx): Bead {
    const bead = existingBead(tx, id);
    refuseIfOver(bead);
    refuseOtherFence(`Bead ${id}`, bead.fence, fence);
    return withCutOffTold(tx, [id], ctx, () => cancelBead(tx, bead, reason, ctx));
  },
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
