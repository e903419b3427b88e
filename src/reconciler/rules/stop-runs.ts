import type { Rule } from "../rule.ts";

/** A run that was called off is ended by its host. */
export const stopRuns: Rule = {
  name: "stop_runs",
  plan: ({ stopping }) => stopping.map(({ agentId, fence }) => ({ type: "stop_run", agentId, fence, failures: 0 })),
};
