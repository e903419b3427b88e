import type { Rule } from "../types.ts";

/** An idle agent tries the bead on its hook again once the backoff, and its own cool-down, have passed. */
export const retryHookedBeads: Rule = {
  name: "retry_hooked_beads",
  plan: ({ hooked, nowMs }, allowance) =>
    hooked
      .filter(({ notBeforeMs, agentNotBeforeMs }) => Math.max(notBeforeMs, agentNotBeforeMs) <= nowMs)
      .map(({ agentId, beadId, ...where }) => ({
        action: { type: "dispatch_agent" as const, agentId, beadId },
        ...where,
      }))
      .filter((wish) => allowance.begins(wish))
      .map(({ action }) => action),
};
