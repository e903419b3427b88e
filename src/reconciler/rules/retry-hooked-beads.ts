import type { Rule } from "../types.ts";

/** An idle agent tries the bead on its hook again once the backoff, and its own cool-down, have passed. */
export const retryHookedBeads: Rule = {
  name: "retry_hooked_beads",
  plan: ({ hooked, mayStart, nowMs }) =>
    hooked
      .filter(({ notBeforeMs, agentNotBeforeMs }) => mayStart && Math.max(notBeforeMs, agentNotBeforeMs) <= nowMs)
      .map(({ agentId, beadId }) => ({ type: "dispatch_agent", agentId, beadId })),
};
