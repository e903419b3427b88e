/** Rows as the HTTP interface shows them. Times are ISO 8601. */

import { iso } from "../lib/time.ts";
import type { Attention } from "../queries/attention/index.ts";
import type { Preview } from "../queries/explain/facts.ts";
import { failingHealth } from "../queries/health/failing.ts";
import type { Health } from "../queries/health/index.ts";
import type { Gate } from "../reconciler/gates/index.ts";

export const healthView = (health: Health) => {
  const { lastPollStartedAtMs, lastPollCompletedAtMs, lastPollSucceededAtMs, ...others } = health;
  const { verdict, axis, sinceMs, cause, hint, evidence, incident, banner, nextWakeAtMs, computedAtMs, ...rest } =
    others;
  return {
    verdict,
    axis,
    since: iso(sinceMs),
    cause,
    hint,
    evidence,
    incident,
    banner,
    ...(lastPollStartedAtMs !== null && { lastPollStartedAt: iso(lastPollStartedAtMs) }),
    ...(lastPollCompletedAtMs !== null && { lastPollCompletedAt: iso(lastPollCompletedAtMs) }),
    ...(lastPollSucceededAtMs !== null && { lastPollSucceededAt: iso(lastPollSucceededAtMs) }),
    ...rest,
    nextWakeAt: iso(nextWakeAtMs),
    computedAt: iso(computedAtMs),
  };
};

/** Of a town whose rows can't be had. */
export const failingHealthView = (...known: Parameters<typeof failingHealth>) => healthView(failingHealth(...known));

export const attentionView = ({ items, counts, more }: Attention) => ({
  items: items.map(({ sinceMs, nextMs, evidence, verb, ...item }) => {
    const { key, kind, severity, target, times, what, meanwhile, hint, command } = item;
    return {
      ...{ key, kind, severity, target, since: iso(sinceMs), times, what, meanwhile, nextAt: iso(nextMs), hint },
      evidence: evidence as Record<string, string>, // any JSON, as above
      verb: verb && { ...verb, body: verb.body as Record<string, string> | null },
      command,
    };
  }),
  counts,
  more,
});

/** Actions planned, refused with their gate, and held back with the reason. */
export const previewView = ({ actions, refused, heldBack }: Preview) => ({
  actions,
  refused: refused.map(({ action, gate }) => ({ ...action, ...gateView(gate) })),
  heldBack: heldBack.map(({ key, times, why, notBeforeMs }) => ({ action: key, times, why, until: iso(notBeforeMs) })),
});

const gateView = ({ name, why, untilMs }: Gate) => ({ gate: name, why, until: iso(untilMs) });
