import { failRun, keepSaved } from "../attempts/end.ts";
import { failsEveryBead } from "../attempts/fails-every-bead.ts";
import { giveBack } from "../attempts/give-back.ts";
import { keepUsage } from "../attempts/lease.ts";
import { rigIsWell } from "../attempts/rig-well.ts";
import { releaseAttempt } from "../attempts/settle.ts";
import type { FailureKind } from "../protocol/failures.ts";
import { defineReport } from "./report-event.ts";

/** What only an agent that has begun meets: so the remote was there. */
const AGENTS_WORD: ReadonlySet<FailureKind> = new Set(["agent_failed", "provider_limited", "auth"]);

/**
 * The run, or the landing, did not get there. Only an agent that ran and failed costs the bead of its budget; what
 * the infrastructure did is rolled back and tried again.
 */
export const runFailed = defineReport("run_failed", "failed", {
  repeats: (attempt, { failure, code }) =>
    (attempt.state === "failed" || attempt.state === "released") &&
    attempt.failure?.code === code &&
    // The town may have found out more than the report says.
    (attempt.failure.kind === failure || (failure === "agent_failed" && attempt.failure.kind === "refused")),
  apply(tx, attempt, { failure: kind, code, message, outputTail, retryAfterMs, usage, saved }, ctx) {
    keepUsage(tx, attempt, usage);
    if (saved && attempt.kind === "run") keepSaved(tx, attempt, saved);
    const told = { kind, code, message };
    const agents = failsEveryBead(tx, attempt, told, ctx);
    const cause = agents?.cause ?? told;
    if (AGENTS_WORD.has(kind)) rigIsWell(tx, attempt, "begun", ctx);
    if (cause.kind === "agent_failed" && attempt.kind === "run") failRun(tx, attempt, cause, outputTail, ctx);
    else releaseAttempt(tx, attempt.fence, { cause, retryAfterMs }, ctx);
    for (const bead of agents?.parked ?? []) giveBack(tx, bead, `the trouble of agent ${attempt.agentId}`, ctx);
  },
});
