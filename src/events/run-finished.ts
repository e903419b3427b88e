import { finishRun } from "../attempts/end.ts";
import { keepUsage } from "../attempts/lease.ts";
import { defineReport } from "./report-event.ts";

/** The run's work is pushed. The first finish wins; the same again is a duplicate; another one is fenced. */
export const runFinished = defineReport("run_finished", "finished", {
  repeats: (attempt, { head }) => attempt.kind === "run" && attempt.state === "finished" && attempt.head === head,
  apply(tx, attempt, { head, base = null, outputTail, usage }, ctx) {
    keepUsage(tx, attempt, usage);
    finishRun(tx, attempt, { head, base, outputTail }, ctx);
  },
});
