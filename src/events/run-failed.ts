import { failRun, keepSaved } from "../db/attempts/end.ts";
import { releaseAttempt } from "../db/attempts/hold.ts";
import { agentsUnknownError, UNKNOWN_ERROR } from "../db/attempts/fails-every-bead.ts";
import { keepUsage } from "../db/attempts/usage.ts";
import { defineReport } from "./report-event.ts";

/**
 * The run, or the landing, did not get there. Only an agent that ran and failed costs the bead of its budget; whatever
 * the infrastructure did is rolled back and tried again.
 */
export const runFailed = defineReport("run_failed", "failed", {
  repeats: (attempt, { failure, code }) =>
    (attempt.state === "failed" || attempt.state === "released") &&
    attempt.failure?.code === code &&
    (attempt.failure.kind === failure || code === UNKNOWN_ERROR),
  apply(tx, attempt, { failure: kind, code, message, outputTail, retryAfterMs, usage, saved }, ctx) {
    keepUsage(tx, attempt, usage);
    if (saved && attempt.kind === "run") keepSaved(tx, attempt, saved);
    const told = { kind, code, message };
    const cause = agentsUnknownError(tx, attempt, told) ?? told;
    if (cause.kind === "agent_failed" && attempt.kind === "run") failRun(tx, attempt, cause, outputTail, ctx);
    else releaseAttempt(tx, attempt.fence, { cause, retryAfterMs }, ctx);
  },
});
