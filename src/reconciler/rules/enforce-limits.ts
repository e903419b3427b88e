import type { Rule } from "../rule.ts";

/** What a host does not end at its limit, the town does. */
export const enforceLimits: Rule = {
  name: "enforce_limits",
  plan: ({ pastLimit }) => pastLimit.map(({ fence }) => ({ type: "stop_past_limit", fence })),
};
