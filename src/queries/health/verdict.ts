/** One word for how a town is, with the reason. A pure function of what is in rows. */
import type { Incident } from "../../db/schema.ts";
import { iso } from "../../lib/time.ts";
import type { Condition } from "../../reconciler/watch/condition.ts";
import type { HealthFacts } from "../../reconciler/watch/facts.ts";
import {
  inFlightSince,
  isLate,
  isStale,
  lateSince,
  pauseNow,
  staleThresholdMs,
} from "../../reconciler/watch/staleness.ts";
import type { HealthView } from "../../views/health.ts";

export interface Verdict extends Pick<HealthView, "verdict" | "axis" | "evidence" | "cause" | "hint" | "incident"> {
  sinceMs: number | null;
}

/** The first that applies: a pause explains everything else, a loop that does not tick comes before what it would do. */
export function judge(facts: HealthFacts, nowMs: number): Verdict {
  return (
    paused(facts, nowMs) ??
    stalled(facts, nowMs) ??
    notConverging(facts) ??
    draining(facts) ??
    notProductive(facts) ??
    late(facts, nowMs) ??
    well(facts)
  );
}

const fine = { axis: null, sinceMs: null, evidence: {}, cause: null, hint: null, incident: null };

function paused({ town }: HealthFacts, nowMs: number): Verdict | null {
  const pause = pauseNow(town, nowMs);
  if (!pause) return null;
  const until = pause.untilMs === null ? "an operator resumes it" : iso(pause.untilMs);
  return {
    ...fine,
    verdict: "paused",
    sinceMs: pause.sinceMs,
    evidence: { by: pause.by, why: pause.why, until: iso(pause.untilMs) },
    cause: `paused by ${pause.by} until ${until}: ${pause.why}`,
    hint: `PATCH /v1/towns/${town.name} {"paused":null} resumes it.`,
  };
}

function stalled({ town, open, asked }: HealthFacts, nowMs: number): Verdict | null {
  // Restarted or not: until a tick completes it is the same stall.
  const incident = open.find(({ kind }) => kind === "stale");
  if (!incident && !isStale(town, nowMs, staleThresholdMs(town.settings))) return null;
  const flightMs = inFlightSince(town);
  return {
    verdict: "stalled",
    axis: "ticking",
    sinceMs: incident?.openedAtMs ?? lateSince(town, nowMs),
    evidence: {
      inFlight: flightMs !== null,
      phase: flightMs === null ? "not begun" : asked ? "effects" : "unknown",
      tick: town.ticks,
      due: iso(town.nextWakeAtMs),
      ...asked,
    },
    cause: flightMs === null ? "a tick is overdue and has not begun" : "a tick has begun and does not complete",
    hint: "The watchtower restarts it, which is safe: what runs is fenced. By hand: POST …/reconcile.",
    incident: incident?.id ?? null,
  };
}

const notConverging = (facts: HealthFacts): Verdict | null =>
  byCondition(facts, "failing", "spinning", "converging") ?? byCondition(facts, "spinning", "spinning", "converging");

const notProductive = (facts: HealthFacts): Verdict | null =>
  byCondition(facts, "stuck", "starved", "productive") ?? byCondition(facts, "starved", "starved", "productive");

function byCondition(
  { conditions, open }: HealthFacts,
  kind: Incident["kind"],
  verdict: Verdict["verdict"],
  axis: Verdict["axis"],
): Verdict | null {
  const condition: Condition | undefined = conditions.find((one) => one.kind === kind);
  if (!condition) return null;
  const { cause, hint, evidence } = condition;
  const incident = open.find((one) => one.kind === kind);
  return {
    verdict,
    axis,
    sinceMs: incident?.openedAtMs ?? null,
    evidence,
    cause,
    hint,
    incident: incident?.id ?? null,
  };
}

const draining = ({ town, live }: HealthFacts): Verdict | null =>
  town.draining
    ? {
        ...fine,
        verdict: "draining",
        evidence: { live },
        cause: `draining: no new runs; ${live} still live`,
        hint: `PATCH /v1/towns/${town.name} {"draining": false} ends it.`,
      }
    : null;

function late({ town }: HealthFacts, nowMs: number): Verdict | null {
  if (!isLate(town, nowMs)) return null;
  return {
    ...fine,
    verdict: "late",
    axis: "ticking",
    sinceMs: town.nextWakeAtMs,
    evidence: { due: iso(town.nextWakeAtMs) },
    cause: "a tick is due and has not begun",
    hint: "The platform's alarms may be late; nothing to do yet.",
  };
}

const well = ({ live, hooked, waiting, reviewed }: HealthFacts): Verdict => ({
  ...fine,
  verdict: live + hooked + reviewed === 0 && !waiting ? "idle" : "healthy",
});
