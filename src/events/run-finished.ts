import { finishRun } from "../db/attempts/end.ts";
import { defineReport } from "./report-event.ts";

/** The run's work is pushed. The first finish wins; the same again is a duplicate; another one is fenced. */
export const runFinished = defineReport("run_finished", "finished", {
  repeats: (attempt, { head }) => attempt.kind === "run" && attempt.state === "finished" && attempt.head === head,
  apply: (tx, attempt, { head, outputTail }, ctx) => finishRun(tx, attempt, { head, outputTail }, ctx),
});
