/** Rows as the HTTP interface shows them. Times are ISO 8601. */

import { commandOf } from "../agents/index.ts";
import { tellsOf } from "../agents/tells.ts";
import { NOTE_CHARS } from "../beads/notes.ts";
import type { Agent, Attempt, Breaker, Pause, Rig, RigTrouble, TownRow } from "../db/schema.ts";
import { prunesAtMs, pruningOf } from "../lib/retention.ts";
import { clip, clipHead } from "../lib/text.ts";
import { iso } from "../lib/time.ts";
import { BOOT_CHARS, MESSAGE_CHARS, TAIL_CHARS } from "../protocol/bounded.ts";
import type { Attention } from "../queries/attention/index.ts";
import type { Preview } from "../queries/explain/facts.ts";
import type { Explanation } from "../queries/explain/index.ts";
import { failingHealth } from "../queries/health/failing.ts";
import type { Health } from "../queries/health/index.ts";
import type { AttemptLog, BeadDetail } from "../queries/reads.ts";
import type { Gate } from "../reconciler/types.ts";
import { beadView } from "../views/bead.ts";
import { failureView } from "../views/common.ts";
import { doubtsView } from "../views/provider.ts";

export const breakerView = (breaker: Breaker | null) =>
  breaker && {
    open: breaker.openUntilMs !== null,
    failures: breaker.failures,
    since: iso(breaker.sinceMs),
    nextTryAt: iso(breaker.openUntilMs),
    failure: failureView(breaker.failure),
  };

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
  // What its host was told, whatever is set by now.
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

/** Why a rig's landings, or its runs, wait, and when one is tried. */
const rigTroubleView = (trouble: RigTrouble | null) =>
  trouble && {
    failure: failureView(trouble.failure),
    since: iso(trouble.sinceMs),
    times: trouble.times,
    beads: trouble.beads,
    nextTryAt: iso(trouble.untilMs),
  };

export const rigView = ({ createdAtMs, paused, landingTrouble, pushTrouble, branchFrom, ...rig }: Rig) => ({
  ...rig,
  defaultBranchFrom: branchFrom,
  paused: pauseView(paused),
  landingTrouble: rigTroubleView(landingTrouble),
  pushTrouble: rigTroubleView(pushTrouble),
  createdAt: iso(createdAtMs),
});

/** Without the values of `env`: they may be secrets, and nobody needs them back. */
export const agentView = ({
  rigId,
  beadId,
  createdAtMs,
  env,
  notBeforeMs,
  trouble,
  paused,
  lastFence: _,
  command,
  program,
  preflight,
  doubts,
  wellAtMs: __,
  ...agent
}: Agent) => ({
  ...agent,
  command: commandOf(command, program),
  preflight: preflight && { state: preflight.state, at: iso(preflight.atMs), checks: preflight.checks },
  ...(program ?? { preset: "exec" as const, driver: "exec" as const }),
  /** When it tells what it uses; null: nobody knows. */
  tells: tellsOf(program),
  paused: pauseView(paused),
  trouble: failureView(trouble),
  doubts: doubtsView(doubts),
  notBeforeAt: notBeforeMs === 0 ? null : iso(notBeforeMs),
  rig: rigId,
  bead: beadId,
  env: Object.keys(env),
  createdAt: iso(createdAtMs),
});

const total = (counts: Record<string, number>) => Object.values(counts).reduce((sum, n) => sum + n, 0);

export const townView = (row: TownRow, beads: Record<string, number>, agents: Record<string, number>) => ({
  ...desiredView(row),
  createdAt: iso(row.createdAtMs),
  beads: {
    total: total(beads) - (beads.records ?? 0),
    open: 0,
    in_progress: 0,
    in_review: 0,
    closed: 0,
    failed: 0,
    cancelled: 0,
    ...beads,
  },
  agents: { total: total(agents), idle: 0, starting: 0, working: 0, stopping: 0, ...agents },
  pruned: prunedView(row),
});

/** What is gone of the town's history: up to when, and when more of it may go. */
const prunedView = (row: TownRow) => {
  const { beads, attempts, throughMs } = pruningOf(row).gone;
  return { beads, attempts, through: iso(throughMs), nextAt: iso(prunesAtMs(row, row.settings.retention)) };
};

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

const pauseView = (pause: Pause | null) =>
  pause && { by: pause.by, why: pause.why, since: iso(pause.sinceMs), until: iso(pause.untilMs) };

/** How somebody wants the town to be. */
export const desiredView = (row: TownRow) => ({
  name: row.name,
  paused: pauseView(row.paused),
  draining: row.draining,
  settings: row.settings,
  breaker: breakerView(row.breaker),
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
