/** Rows as the HTTP interface shows them. Times are ISO 8601. */

import { NOTE_CHARS } from "../beads/notes.ts";
import type { Attempt } from "../db/schema.ts";
import { clip, clipHead } from "../lib/text.ts";
import { iso } from "../lib/time.ts";
import { BOOT_CHARS, MESSAGE_CHARS, TAIL_CHARS } from "../protocol/bounded.ts";
import type { Explanation } from "../queries/explain/index.ts";
import type { AttemptLog, BeadDetail } from "../queries/reads.ts";
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

export const explanationView = ({ gates, nextLookMs, ...explanation }: Explanation) => ({
  ...explanation,
  nextLookAt: iso(nextLookMs),
  gates: gates.map(({ name, ok, why, untilMs }) => ({ gate: name, ok, why, until: iso(untilMs) })),
});
