import { rejectLanding } from "../attempts/end.ts";
import { assert } from "../lib/guard.ts";
import { defineReport } from "./report-event.ts";

/** The branch conflicts with the default branch, its gate fails, it came past that, or the remote will not have what is in it. */
export const landingRejected = defineReport("landing_rejected", "rejected", {
  repeats: (attempt, { code }) =>
    attempt.kind === "landing" && attempt.state === "failed" && attempt.failure?.code === code,
  apply(tx, attempt, { code, message, outputTail }, ctx) {
    assert(attempt.kind === "landing", "only a landing is rejected");
    rejectLanding(tx, attempt, { code, message }, outputTail, ctx);
  },
});
