import { iso } from "../lib/time.ts";
import { type HealthView, healthSchema } from "../views/health.ts";
import { defineQuery } from "./define.ts";
import { failingHealth } from "./health/failing.ts";
import { computeHealth, type Health } from "./health/index.ts";

export const readHealthQuery = defineQuery({
  name: "read-health",
  path: "/health",
  scope: "metrics:read",
  summary: "Says how a town is, why, and what to do about it.",
  output: healthSchema,
  read: (tx, _, { nowMs }) => healthView(computeHealth(tx, nowMs)),
  failing: (trouble, sinceMs, nowMs) => healthView(failingHealth(trouble, sinceMs, nowMs)),
});

function healthView(health: Health): HealthView {
  const { lastPollStartedAtMs, lastPollCompletedAtMs, lastPollSucceededAtMs, ...others } = health;
  const { verdict, axis, sinceMs, cause, hint, evidence, incident, banner, nextWakeAtMs, computedAtMs, ...rest } =
    others;
  return {
    ...{ verdict, axis, since: iso(sinceMs), cause, hint, evidence, incident, banner },
    ...(lastPollStartedAtMs !== null && { lastPollStartedAt: iso(lastPollStartedAtMs) }),
    ...(lastPollCompletedAtMs !== null && { lastPollCompletedAt: iso(lastPollCompletedAtMs) }),
    ...(lastPollSucceededAtMs !== null && { lastPollSucceededAt: iso(lastPollSucceededAtMs) }),
    ...rest,
    nextWakeAt: iso(nextWakeAtMs),
    computedAt: iso(computedAtMs),
  };
}
