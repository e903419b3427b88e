import type { Agent, Attempt, Bead } from "./api.ts";
import { agentNow } from "./town/agent-text.ts";

/** What a town looks like at one moment. */
export type Snapshot = { beads: Bead[]; attempts: Attempt[]; agents: Agent[] };

const DISPATCH_FAILURES: Record<string, string> = {
  refused: "refused by the host",
  unreachable: "did not reach the host",
  timed_out: "not answered by the host in time",
};

/** What happened between two looks at a town, a line each, in the order in which it comes about. Pure. */
export function transitions(before: Snapshot | null, now: Snapshot, nowMs: number): string[] {
  const { begun, others } = changedBeads(before, now);
  // What failed had begun, and what became of its bead came of that.
  return [...begun, ...failures(before, now, nowMs), ...others];
}

/** What failed between two looks, and what was taken on after it had failed: no state that is looked at later shows it. */
export function failures(before: Snapshot | null, now: Snapshot, nowMs: number): string[] {
  return [...newFailures(before, now, nowMs), ...newRecoveries(before, now)];
}

/** Whether this attempt ended before any host took it on. */
export function isFailedDispatch({ kind, failure, acceptedAt }: Attempt): boolean {
  return kind === "run" && acceptedAt === null && failure !== null && failure.kind in DISPATCH_FAILURES;
}

function newFailures(before: Snapshot | null, now: Snapshot, nowMs: number): string[] {
  const known = new Set(before?.attempts.filter(({ failure }) => failure).map(({ fence }) => fence));
  return now.attempts
    .filter(({ fence, failure }) => failure && !known.has(fence))
    .map((attempt) => failureLine(attempt, now, nowMs));
}

/** A dispatch that a host took on, after one of the same bead that failed. */
function newRecoveries(before: Snapshot | null, { attempts }: Snapshot): string[] {
  if (!before) return [];
  const known = new Set(before.attempts.filter(({ acceptedAt }) => acceptedAt).map(({ fence }) => fence));
  const isRetry = ({ kind, bead, fence }: Attempt) =>
    kind === "run" && attempts.some((other) => other.bead === bead && other.fence < fence && isFailedDispatch(other));
  return attempts
    .filter((attempt) => attempt.acceptedAt && !known.has(attempt.fence) && isRetry(attempt))
    .map(({ bead, agent, fence }) => `${bead} dispatched again to ${agent}, accepted (fence ${fence})`);
}

function failureLine(attempt: Attempt, { beads, agents }: Snapshot, nowMs: number): string {
  const { kind, code, message } = attempt.failure ?? { kind: "", code: "", message: "" };
  const bead = beads.find(({ id }) => id === attempt.bead);
  const agent = agents.find(({ id }) => id === attempt.agent);
  const what = isFailedDispatch(attempt) ? `dispatch ${DISPATCH_FAILURES[kind]}` : `${attempt.kind} failed`;
  const then = bead ? nextOf(bead, agent, { kind, code }, nowMs) : "";
  return `${attempt.bead} ${what} (${code}: ${firstLine(message)})${then ? ` → ${then}` : ""}`;
}

/** How its agent is now, and when the bead is really tried next: by its own wait, its agent's, or its rig's. */
function nextOf(bead: Bead, agent: Agent | undefined, cause: Cause, nowMs: number): string {
  const { state = "", back = "" } = agent ? agentNow(agent, nowMs) : {};
  const isFree = state === "idle" || state === "waits to retry";
  const who = agent ? [`${agent.id} ${isFree ? "idle again" : state}`] : [];
  if (bead.status === "failed") return [...who, "bead parked"].join(", ");
  if (bead.status !== "open" && bead.status !== "in_progress" && bead.status !== "in_review") return who.join(", ");
  if (isRigs(cause)) return [...who, `waits for rig ${bead.rig}`].join(", ");
  const isKept = agent !== undefined && agent.status === "idle" && !isFree;
  // It waits on that agent's hook, or for whoever of its rig is free first.
  if (isKept && bead.agent === agent.id) return [...who, back ? `tried ${back}` : `waits for ${agent.id}`].join(", ");
  if (isKept) return [...who, `waits for an agent of ${bead.rig}`].join(", ");
  return [...who, retryOf(bead, nowMs)].filter((part) => part !== "").join(", ");
}

type Cause = { kind: string; code: string };

/** What all beads of a rig would meet waits for the rig. */
const isRigs = ({ kind, code }: Cause): boolean =>
  kind === "rig_trouble" || code === "gate_missing" || (kind === "unreachable" && TRANSFERS.has(code));
const TRANSFERS: ReadonlySet<string> = new Set([
  "clone_failed",
  "fetch_failed",
  "submodule_failed",
  "lfs_failed",
  "push_failed",
]);

function retryOf({ notBeforeAt }: Bead, nowMs: number): string {
  const waitMs = notBeforeAt ? Date.parse(notBeforeAt) - nowMs : 0;
  return waitMs > 0 ? `retry in ${(waitMs / 1_000).toFixed(1)} s` : "";
}

function changedBeads(before: Snapshot | null, now: Snapshot): { begun: string[]; others: string[] } {
  const known = new Map(before?.beads.map((bead) => [bead.id, bead]));
  const changed = now.beads
    .filter((bead) => {
      const was = known.get(bead.id);
      return was?.status !== bead.status && (was || bead.status !== "open");
    })
    .toSorted(asTheyWereMade);
  const line = (bead: Bead): string => {
    const by = bead.status === "in_progress" && bead.agent ? `, ${bead.agent}` : "";
    return `${bead.id} ${word(known.get(bead.id)?.status ?? "open")} → ${word(bead.status)}${by}: ${bead.title}`;
  };
  const [begun = [], others = []] = [true, false].map((isBegun) =>
    changed.filter(({ status }) => (status === "in_progress") === isBegun).map(line),
  );
  return { begun, others };
}

/** Those of one batch were made at one time: they are in the order of their numbers. */
export function asTheyWereMade(one: Bead, other: Bead): number {
  const [at, otherAt] = [one.createdAt ?? "", other.createdAt ?? ""];
  if (at !== otherAt) return at < otherAt ? -1 : 1;
  return one.id.localeCompare(other.id, "en", { numeric: true });
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0]?.replace(/\.$/, "") ?? "";
}

const word = (status: Bead["status"]): string => (status === "failed" ? "parked" : status);
