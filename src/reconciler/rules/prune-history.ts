import type { Rule } from "../rule.ts";

/** What is over and older than the town keeps goes, a step at a time. */
export const pruneHistory: Rule = {
  name: "prune_history",
  plan: ({ prunesAtMs: dueMs, nowMs }) => (dueMs !== null && dueMs <= nowMs ? [{ type: "prune_history", dueMs }] : []),
};
