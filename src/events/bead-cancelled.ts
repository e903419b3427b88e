import { and, eq } from "drizzle-orm";
import { note } from "../db/attempts/notes.ts";
import { stopAttemptOf } from "../db/attempts/stop.ts";
import { existingBead, refuseOtherFence } from "../db/existing.ts";
import { agents, type Bead, beads } from "../db/schema.ts";
import { refusal } from "../lib/guard.ts";
import { defineEvent } from "./define.ts";
import { cancelInput } from "./inputs.ts";

/** Somebody does not want this any more. Durable in every state, from this moment; what runs is called off by its fence. */
export const beadCancelled = defineEvent({
  type: "bead_cancelled",
  payload: cancelInput,
  apply(tx, { bead: id, reason, fence }, ctx): Bead {
    const bead = existingBead(tx, id);
    refuseIfOver(bead);
    refuseOtherFence(`Bead ${id}`, bead.fence, fence);
    const stopped = stopAttemptOf(tx, id, ctx);
    if (!stopped && bead.agentId)
      tx.update(agents)
        .set({ beadId: null })
        .where(and(eq(agents.id, bead.agentId), eq(agents.beadId, id)))
        .run();
    note(tx, id, "cancelled", reason, ctx.nowMs);
    return tx
      .update(beads)
      .set({
        status: "cancelled",
        agentId: null,
        notBeforeMs: 0,
        hold: null,
        blockedBy: bead.blockedBy - (bead.hold ? 1 : 0),
        closedAtMs: ctx.nowMs,
        updatedAtMs: ctx.nowMs,
      })
      .where(eq(beads.id, id))
      .returning()
      .get();
  },
});

function refuseIfOver({ id, status }: Bead): void {
  if (status === "cancelled")
    throw refusal(409, "already_cancelled", `Bead ${id} is cancelled already.`, "`retry` would bring it back.");
  if (status === "closed")
    throw refusal(409, "already_closed", `Bead ${id} has landed: it is closed.`, "Create a bead that undoes it.");
}
