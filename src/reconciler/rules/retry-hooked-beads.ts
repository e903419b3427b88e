import type { Rule } from "../rule.ts";

/**
 * An idle agent tries the bead on its hook again once the backoff, and its own cool-down, have passed. What failed least goes
 * first, should there be room for one only.
 */
export const retryHookedBeads: Rule = {
  name: "retry_hooked_beads",
  plan: ({ hooked, nowMs }, allowance) =>
    hooked
      .filter(
        ({ notBeforeMs, agentNotBeforeMs, isBarred }) => !isBarred && Math.max(notBeforeMs, agentNotBeforeMs) <= nowMs,
      )
      .toSorted((a, b) => a.failures - b.failures)
      .map(({ agentId, beadId, ...where }) => ({
        action: { type: "dispatch_agent" as const, agentId, beadId },
        ...where,
      }))
      .filter((wish) => allowance.begins(wish))
      .map(({ action }) => action),
};
