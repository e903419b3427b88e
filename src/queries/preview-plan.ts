import { readTown } from "../db/town-row.ts";
import { iso } from "../lib/time.ts";
import { previewSchema } from "../views/preview.ts";
import { defineQuery } from "./define.ts";
import { previewPlan } from "./explain/index.ts";

/** `POST …/reconcile?dryRun=true` answers the same. */
export const previewPlanQuery = defineQuery({
  name: "preview-plan",
  path: "/plan",
  scope: "beads:read",
  summary: "Shows what the next pass would do, what it would not do and by which gate, and does nothing.",
  output: previewSchema,
  read(tx, _, { nowMs, random, inFlight }) {
    const preview = previewPlan(tx, { nowMs, random, settings: readTown(tx).settings }, inFlight);
    return {
      actions: preview.actions,
      refused: preview.refused.map(({ action, gate: { name, why, untilMs } }) => ({
        ...action,
        ...{ gate: name, why, until: iso(untilMs) },
      })),
      heldBack: preview.heldBack.map(({ key, times, why, notBeforeMs }) => ({
        ...{ action: key, times, why, until: iso(notBeforeMs) },
      })),
    };
  },
});
