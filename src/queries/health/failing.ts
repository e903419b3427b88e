import { defaultSettings } from "../../lib/settings.ts";
import type { StorageTrouble } from "../../lib/storage-trouble.ts";
import { staleThresholdMs } from "../../reconciler/watch/staleness.ts";
import type { Health } from "./index.ts";

/** The health of a town whose rows can't be had: what is wrong, and no guess at the rest. */
export const failingHealth = ({ code, cause, remedy }: StorageTrouble, sinceMs: number, nowMs: number): Health => ({
  verdict: "failing",
  axis: "ticking",
  sinceMs,
  evidence: { code },
  cause,
  hint: remedy,
  incident: null,
  lastPollStartedAtMs: null,
  lastPollCompletedAtMs: null,
  lastPollSucceededAtMs: null,
  pollStale: true,
  pollStaleThresholdMs: staleThresholdMs(defaultSettings),
  readyUnassignedBeads: 0,
  availableAgents: 0,
  hasStuckQueue: false,
  liveAttempts: 0,
  errorStreak: 0,
  lastError: null,
  nextWakeAtMs: null,
  computedAtMs: nowMs,
  banner: null,
});
