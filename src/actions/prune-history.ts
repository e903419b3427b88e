import { z } from "zod";
import { pruneStep } from "../beads/prune.ts";
import { readTown } from "../db/town-row.ts";
import { guard } from "../lib/guard.ts";
import { prunesAtMs } from "../lib/retention.ts";
import { defineAction } from "./define.ts";

/** One step of letting go of what is older than the town keeps. What is left is due again in a moment. */
export const pruneHistory = defineAction({
  type: "prune_history",
  kind: "maintenance",
  payload: z.object({ dueMs: z.number() }),
  concerns: () => ({}),

  apply(tx, { dueMs }, ctx) {
    const row = readTown(tx);
    guard(prunesAtMs(row, ctx.settings.retention) === dueMs ? row : undefined, "that step was taken already");
    pruneStep(tx, row, ctx);
  },
});
