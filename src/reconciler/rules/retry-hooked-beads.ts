import type { Rule } from "../types.ts";

/** An idle agent tries the bead on its hook again once the backoff has passed. */
export const retryHookedBeads: Rule = {
  name: "retry_hooked_beads",
  plan: ({ hooked, nowMs }) =>
    hooked
      .filter(({ notBeforeMs }) => notBeforeMs <= nowMs)
      .map(({ agentId, beadId }) => ({ type: "dispatch_agent", agentId, beadId })),
};
