/** Rows as the HTTP interface shows them. Times are ISO 8601. */

import { NOTE_CHARS } from "../beads/notes.ts";
import type { Attempt } from "../db/schema.ts";
import { clip, clipHead } from "../lib/text.ts";
import { iso } from "../lib/time.ts";
import { BOOT_CHARS, MESSAGE_CHARS, TAIL_CHARS } from "../protocol/bounded.ts";
import type { Attention } from "../queries/attention/index.ts";
import type { Preview } from "../queries/explain/facts.ts";
import type { Explanation } from "../queries/explain/index.ts";
import { failingHealth } from "../queries/health/failing.ts";
import type { Health } from "../queries/health/index.ts";
import type { AttemptLog, BeadDetail } from "../queries/reads.ts";
import type { Gate } from "../reconciler/gates/index.ts";
import { beadView } from "../views/bead.ts";
import { failureView } from "../views/common.ts";

export const attemptView = (attempt: Attempt) => ({
  fence: attempt.fence,
  kind: attempt.kind,
  bead: attempt.beadId,
  host: attempt.hostId,
  agent: attempt.agentId,
  state: attempt.state,
  failure: failureView(attempt.failure),
  // An older release may have stored them at any length.
  progress: attempt.progress && clip(attempt.progress, MESSAGE_CHARS),
  step: attempt.step,
  usage: attempt.usage,
  startedAt: iso(attempt.startedAtMs),
  acceptedAt: iso(attempt.acceptedAtMs),
  endedAt: iso(attempt.endedAtMs),
  leaseUntil: iso(attempt.leaseUntilMs),
  // What its host was told, also where the settings have changed.
  leaseMs: attempt.leaseMs,
  heartbeatMs: attempt.heartbeatMs,
  limitMs: attempt.limitMs,
  agentActiveAt: iso(attempt.agentActiveAtMs),
  /** How far its silence was answered: 0 not at all, 1 nudged, 2 escalated, 3 stopped. */
  stall: attempt.stall,
  branch: attempt.branch,
  head: attempt.head,
  outputTail: attempt.outputTail && clipHead(attempt.outputTail, TAIL_CHARS),
  hostBoot: attempt.hostBootId && clip(attempt.hostBootId, BOOT_CHARS),
});

export const logView = ({ attempt, pieces, isPruned }: AttemptLog) => ({
  fence: attempt.fence,
  bead: attempt.beadId,
  state: attempt.state,
  pruned: isPruned,
  pieces: pieces.map(({ atMs, text }) => ({ at: iso(atMs), text })),
});

export const beadDetailView = ({ bead, dependsOn, blocks, notes, attempts }: BeadDetail) => ({
  ...beadView(bead),
  dependsOn,
  blocks,
  notes: notes.map(({ atMs, kind, text }) => ({ at: iso(atMs), kind, text: clip(text, NOTE_CHARS) })),
  attempts: attempts.map(attemptView),
});

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

export const explanationView = ({ gates, nextLookMs, ...explanation }: Explanation) => ({
  ...explanation,
  nextLookAt: iso(nextLookMs),
  gates: gates.map(({ name, ok, why, untilMs }) => ({ gate: name, ok, why, until: iso(untilMs) })),
});
