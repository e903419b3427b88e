import { z } from "zod";
import { earliestTry } from "../attempts/pace.ts";
import { withCutOffTold } from "../beads/cut-off.ts";
import { note } from "../beads/notes.ts";
import { reviveBead } from "../beads/over.ts";
import { waitsForItself } from "../beads/waits.ts";
import { existingBead, refuseRigless } from "../db/existing.ts";
import type { Bead } from "../db/schema.ts";
import { refusal } from "../lib/guard.ts";
import { statusWords } from "../lib/status-words.ts";
import { slug } from "../protocol/common.ts";
import { beadSchema, beadView } from "../views/bead.ts";
import { defineCommand } from "./define.ts";
import { reason } from "./inputs.ts";

/** It is not done after all, or wanted after all. What is known about earlier tries stays. */
export const reopenBeadCommand = defineCommand({
  name: "reopen-bead",
  type: "bead_reopened",
  method: "POST",
  path: "/beads/{bead}/reopen",
  scope: "beads:write",
  summary:
    "Reopens a closed or cancelled bead with its budgets whole: what waits for it waits again, what has begun goes on.",
  params: { bead: slug },
  body: z.strictObject({ reason }),
  output: beadSchema,
  apply(tx, { bead: id, reason }, ctx): Bead {
    const { nowMs } = ctx;
    const bead = existingBead(tx, id);
    if (bead.status === "failed")
      throw refusal(409, "not_over", `Bead ${id} is parked, and not over.`, `Retry it: POST …/beads/${id}/retry.`);
    if (bead.status !== "closed" && bead.status !== "cancelled")
      throw refusal(
        409,
        "not_over",
        `Bead ${id} is ${statusWords(bead.status)}.`,
        "Only a closed or cancelled bead can be reopened.",
      );
    refuseRigless(tx, bead);
    if (waitsForItself(tx, id))
      throw refusal(
        409,
        "dependency_cycle",
        `Bead ${id} would wait for beads that wait for it.`,
        `Remove one of these dependencies first: POST …/beads/${id}/dependencies {"remove":[…]}.`,
      );
    note(tx, id, "reopened", reason, nowMs);
    return withCutOffTold(tx, [id], ctx, () => reviveBead(tx, bead, earliestTry(tx, bead, nowMs), nowMs));
  },
  answer: beadView,
});
