import type { Tx } from "../../db/client.ts";
import { readHealth } from "./facts.ts";
import { isStale, staleThresholdMs } from "./staleness.ts";
import { judge, type Verdict } from "./verdict.ts";

/** Times are epoch milliseconds; those of a tick are null before the first one. */
export interface Health extends Verdict {
  lastPollStartedAtMs: number | null;
  lastPollCompletedAtMs: number | null;
  lastPollSucceededAtMs: number | null;
  pollStale: boolean;
  pollStaleThresholdMs: number;
  readyUnassignedBeads: number;
  /** Enabled, idle, nothing on the hook, not cooling down. */
  availableAgents: number;
  /** Ready beads of a rig, and no agent of it that works or will. */
  hasStuckQueue: boolean;
  liveAttempts: number;
  errorStreak: number;
  lastError: string | null;
  nextWakeAtMs: number | null;
  computedAtMs: number;
}

export function computeHealth(tx: Tx, nowMs: number): Health {
  const facts = readHealth(tx, nowMs);
  const { town } = facts;
  const pollStaleThresholdMs = staleThresholdMs(town.settings);
  return {
    lastPollStartedAtMs: town.pollStartedAtMs,
    lastPollCompletedAtMs: town.pollCompletedAtMs,
    lastPollSucceededAtMs: town.pollSucceededAtMs,
    pollStale: !town.paused && isStale(town, nowMs, pollStaleThresholdMs),
    pollStaleThresholdMs,
    readyUnassignedBeads: facts.ready,
    availableAgents: facts.available,
    hasStuckQueue: facts.conditions.some(({ kind }) => kind === "stuck"),
    liveAttempts: facts.live,
    errorStreak: town.errorStreak,
    lastError: town.errorStreak > 0 ? town.lastError : null,
    nextWakeAtMs: town.nextWakeAtMs,
    computedAtMs: nowMs,
    ...judge(facts, nowMs),
  };
}
