import type { Rule } from "../rule.ts";

/** An attempt that was silent past its lease is given up. */
export const expireLeases: Rule = {
  name: "expire_leases",
  plan: ({ expired }) => expired.map(({ fence }) => ({ type: "release_lost_attempt", fence })),
};
