import { keepStep, renewLease } from "../attempts/lease.ts";
import { defineReport, heard } from "./report-event.ts";

/** The run says where it is. Only the newest word is kept. */
export const runProgressed = defineReport("run_progressed", "progress", {
  repeats: heard,
  apply(tx, attempt, { seq, message, step }, ctx, bootId) {
    renewLease(tx, attempt, { lastBootId: bootId, lastSeq: seq, progress: message, activeAtMs: ctx.nowMs }, ctx);
    if (step) keepStep(tx, attempt, step);
  },
});
