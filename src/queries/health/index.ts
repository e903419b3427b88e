import type { Tx } from "../../db/client.ts";
import { town } from "../../db/schema.ts";
import { prepared } from "../../db/statements.ts";
import { assert } from "../../lib/guard.ts";
import { defaultSettings } from "../../lib/settings.ts";
import { messageOf } from "../../lib/text.ts";
import { iso } from "../../lib/time.ts";
import { failing } from "../../reconciler/watch/conditions.ts";
import { type HealthFacts, readHealth } from "../../reconciler/watch/facts.ts";
import { isStale, lateSince, pauseNow, staleThresholdMs } from "../../reconciler/watch/staleness.ts";
import { type Banner, type BannerInput, bannerOf } from "./banner.ts";
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
  banner: Banner | null;
}

export function computeHealth(tx: Tx, nowMs: number): Health {
  let facts: HealthFacts;
  try {
    facts = readHealth(tx, nowMs);
  } catch (error) {
    return unknownHealth(tx, nowMs, messageOf(error));
  }
  const { town, conditions } = facts;
  const pollStaleThresholdMs = staleThresholdMs(town.settings);
  const verdict = judge(facts, nowMs);
  return {
    lastPollStartedAtMs: town.pollStartedAtMs,
    lastPollCompletedAtMs: town.pollCompletedAtMs,
    lastPollSucceededAtMs: town.pollSucceededAtMs,
    pollStale: !pauseNow(town, nowMs) && isStale(town, nowMs, pollStaleThresholdMs),
    pollStaleThresholdMs,
    readyUnassignedBeads: facts.ready,
    availableAgents: facts.available,
    hasStuckQueue: conditions.some(({ kind }) => kind === "stuck"),
    liveAttempts: facts.live,
    errorStreak: town.errorStreak,
    lastError: town.errorStreak > 0 ? town.lastError : null,
    nextWakeAtMs: town.nextWakeAtMs,
    computedAtMs: nowMs,
    banner: bannerOf(bannerInput(facts, verdict, nowMs), nowMs),
    ...verdict,
  };
}

/** A dismissed banner stays away for as long as its incident lasts, noticed or not yet. */
export function bannerInput(facts: HealthFacts, { verdict }: Pick<Verdict, "verdict">, nowMs: number): BannerInput {
  const { town, open, conditions } = facts;
  const stale = open.find(({ kind }) => kind === "stale");
  const since = stale?.evidence.since ?? iso(lateSince(town, nowMs));
  const stuck = conditions.find(({ kind }) => kind === "stuck");
  const incident = open.find(({ kind }) => kind === "stuck")?.id ?? `of rig ${stuck?.evidence.rig}`;
  return {
    stalled: verdict === "stalled" ? { key: String(since) } : null,
    lastPollCompletedAtMs: town.pollCompletedAtMs,
    stuck: stuck ? { key: String(incident), ready: Number(stuck.evidence.ready), hint: stuck.hint } : null,
  };
}

const tickTimes = prepared((tx) =>
  tx
    .select({
      lastPollStartedAtMs: town.pollStartedAtMs,
      lastPollCompletedAtMs: town.pollCompletedAtMs,
      lastPollSucceededAtMs: town.pollSucceededAtMs,
      errorStreak: town.errorStreak,
      lastError: town.lastError,
      nextWakeAtMs: town.nextWakeAtMs,
    })
    .from(town)
    .prepare(),
);

/** Rows that can't be read: what is known all the same, and no guess at the rest. */
function unknownHealth(tx: Tx, nowMs: number, why: string): Health {
  const known = tickTimes(tx).get();
  assert(known, "a town has its row from its creation on");
  const broken = failing(known); // then that is why
  return {
    ...known,
    pollStale: isStale(
      { pollStartedAtMs: known.lastPollStartedAtMs, pollCompletedAtMs: known.lastPollCompletedAtMs, ...known },
      nowMs,
      staleThresholdMs(defaultSettings),
    ),
    pollStaleThresholdMs: staleThresholdMs(defaultSettings),
    readyUnassignedBeads: 0,
    availableAgents: 0,
    hasStuckQueue: false,
    liveAttempts: 0,
    computedAtMs: nowMs,
    banner: null,
    verdict: broken ? "spinning" : "unknown",
    axis: broken ? "converging" : null,
    sinceMs: null,
    evidence: { ...broken?.evidence, error: why },
    cause: broken?.cause ?? `the town's rows could not be read: ${why}`,
    hint: "This is a bug of ours, or a row that was changed by hand; GET …/ticks and the log may say more.",
    incident: null,
  };
}
