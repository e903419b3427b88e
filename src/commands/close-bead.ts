import { and, eq } from "drizzle-orm";
import { z } from "zod";
import { withCutOffTold } from "../beads/cut-off.ts";
import { note } from "../beads/notes.ts";
import { closeBead } from "../beads/over.ts";
import { existingBead } from "../db/existing.ts";
import { attempts, type Bead } from "../db/schema.ts";
import { isLive } from "../db/step.ts";
import { refusal } from "../lib/guard.ts";
import { statusWords } from "../lib/status-words.ts";
import { slug } from "../protocol/common.ts";
import { beadSchema, beadView } from "../views/bead.ts";
import { defineCommand } from "./define.ts";
import { reason } from "./inputs.ts";

/** A person says that it is done, without a run. */
export const closeBeadCommand = defineCommand({
  name: "close-bead",
  type: "bead_closed",
  method: "POST",
  path: "/beads/{bead}/close",
  scope: "beads:write",
  summary: "Closes a bead by hand, without a run; not while something of it is under way.",
  params: { bead: slug },
  body: z.strictObject({ reason }),
  output: beadSchema,
  apply(tx, { bead: id, reason }, ctx): Bead {
    const { nowMs } = ctx;
    const bead = existingBead(tx, id);
    const { status } = bead;
    if (status === "closed")
      throw refusal(409, "already_closed", `Bead ${id} is closed already.`, "Nothing was changed.");
    const live = tx
      .select({ fence: attempts.fence, kind: attempts.kind, state: attempts.state })
      .from(attempts)
      .where(and(eq(attempts.beadId, id), isLive))
      .get();
    if (live)
      throw refusal(
        409,
        "runs_now",
        `The ${live.kind} of fence ${live.fence} of bead ${id} is ${live.state}.`,
        `Cancel it first: POST …/beads/${id}/cancel. Close it when nothing of it runs any more.`,
      );
    if (status === "in_progress" || status === "in_review")
      throw refusal(
        409,
        "under_way",
        `Bead ${id} is ${statusWords(status)}.`,
        `Cancel it first: POST …/beads/${id}/cancel.`,
      );
    note(tx, id, "edited", `closed without a run: ${reason}`, nowMs);
    return withCutOffTold(tx, [id], ctx, () => closeBead(tx, bead, bead.head, nowMs));
  },
  answer: beadView,
  after: (town, { bead }) => town.startsArrived((order) => order.bead === bead),
});
