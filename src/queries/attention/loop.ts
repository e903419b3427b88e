/** The town's own loop, as the rows tell of it. */

import { FAILING_STREAK } from "../../reconciler/limits.ts";
import { isStale, lateSince, pauseNow, staleThresholdMs } from "../../reconciler/watch/staleness.ts";
import { type Kind, post, said } from "./item.ts";

const HINT = "What it names is a bug of ours, or a row that was changed by hand: GET …/ticks and the log say more.";

/** Ticks that throw. */
export const failing: Kind = {
  severity: "critical",
  holdsInPause: true,
  find({ town, path }) {
    if (town.errorStreak < FAILING_STREAK) return [];
    const error = town.lastError ?? "no reason given";
    return [
      {
        target: { type: "town", id: town.name },
        sinceMs: town.pollSucceededAtMs ?? town.createdAtMs,
        times: town.errorStreak,
        what: `${town.errorStreak} ticks in a row have failed: ${said({ message: error })}`,
        meanwhile: "what runs goes on, and nothing new begins; the town tries again at least once a minute",
        nextMs: town.nextWakeAtMs,
        hint: HINT,
        evidence: { errorStreak: town.errorStreak, lastError: error },
        verb: post(`${path}/reconcile`),
      },
    ];
  },
};

/** A tick that does not come, or does not end. */
export const stalled: Kind = {
  severity: "critical",
  find({ town, path, nowMs, isTold }) {
    if (isTold("town", town.name) || pauseNow(town, nowMs)) return [];
    if (!isStale(town, nowMs, staleThresholdMs(town.settings))) return [];
    const sinceMs = lateSince(town, nowMs) ?? nowMs;
    return [
      {
        target: { type: "town", id: town.name },
        sinceMs,
        times: 1,
        what: "the town's loop does not go on: a tick is overdue, or has begun and does not end",
        meanwhile: "what runs goes on; the watchtower restarts the town, and nothing doubles by that",
        nextMs: null,
        hint: null,
        evidence: { tick: town.ticks, due: town.nextWakeAtMs },
        verb: post(`${path}/reconcile`),
      },
    ];
  },
};
