import { endUnchanged } from "../attempts/end.ts";
import { keepUsage } from "../attempts/lease.ts";
import { defineReport } from "./report-event.ts";

/** The run's agent found nothing to do, and says why. */
export const runUnchanged = defineReport("run_unchanged", "unchanged", {
  repeats: ({ kind, state, head }) => kind === "run" && state === "finished" && head === null,
  apply(tx, attempt, { message, outputTail, usage }, ctx) {
    keepUsage(tx, attempt, usage);
    endUnchanged(tx, attempt, { why: message, outputTail }, ctx);
  },
});
