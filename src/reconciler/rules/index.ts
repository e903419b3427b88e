import type { Rule } from "../rule.ts";
import { answerStalls } from "./answer-stalls.ts";
import { deliverWebhooks } from "./deliver-webhooks.ts";
import { dispatchReadyBeads } from "./dispatch-ready-beads.ts";
import { enforceLimits } from "./enforce-limits.ts";
import { expireLeases } from "./expire-leases.ts";
import { landReviewedBeads } from "./land-reviewed-beads.ts";
import { pruneHistory } from "./prune-history.ts";
import { releaseLongHooks } from "./release-long-hooks.ts";
import { retryHookedBeads } from "./retry-hooked-beads.ts";
import { stopRuns } from "./stop-runs.ts";

/** Order is priority: when two rules claim the same row, the earlier one wins and the later is stale. */
export const rules: readonly Rule[] = [
  expireLeases, // what is lost is known to be free before anything new is given out
  enforceLimits, // also where its reports go on; before the next, since one that stands still too is ended once
  answerStalls, // a run that is to be stopped is asked to in the same pass
  stopRuns, // what was called off ends before anything new begins
  retryHookedBeads, // work begun goes before work not begun
  releaseLongHooks, // frees agents for the rule below
  landReviewedBeads, // landings unblock dependents
  dispatchReadyBeads,
  deliverWebhooks, // telling of it comes after doing it
  pruneHistory, // what is to begin goes first
];
