import type { Agent, Attempt, Bead } from "./api.ts";

/** What a town looks like at one moment. */
export type Snapshot = { beads: Bead[]; attempts: Attempt[]; agents: Agent[] };

const DISPATCH_FAILURES: Record<string, string> = {
  refused: "refused by the host",
  unreachable: "did not reach the host",
  timed_out: "not answered by the host in time",
};

/** What happened between two looks at a town, one line each: new failures first, then beads that changed. Pure. */
export function transitions(before: Snapshot | null, now: Snapshot, nowMs: number): string[] {
  return [...newFailures(before, now, nowMs), ...newRecoveries(before, now), ...changedBeads(before, now)];
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
  const what = isFailedDispatch(attempt) ? `dispatch ${DISPATCH_FAILURES[kind]}` : `${attempt.kind} failed, ${kind}`;
  const then = [agentNow(agent), retryOf(bead, nowMs)].filter((part) => part !== "").join(", ");
  return `${attempt.bead} ${what} (${code}: ${firstLine(message)})${then ? ` → ${then}` : ""}`;
}

function agentNow(agent: Agent | undefined): string {
  if (!agent) return "";
  return `${agent.id} ${agent.status === "idle" ? "idle again" : agent.status}`;
}

function retryOf(bead: Bead | undefined, nowMs: number): string {
  if (bead?.status === "failed") return "bead parked";
  const waitMs = bead?.notBeforeAt ? Date.parse(bead.notBeforeAt) - nowMs : 0;
  return waitMs > 0 ? `retry in ${(waitMs / 1_000).toFixed(1)} s` : "";
}

function changedBeads(before: Snapshot | null, now: Snapshot): string[] {
  const known = new Map(before?.beads.map((bead) => [bead.id, bead]));
  return now.beads.flatMap((bead) => {
    const was = known.get(bead.id);
    if (was?.status === bead.status || (!was && bead.status === "open")) return [];
    const by = bead.status === "in_progress" && bead.agent ? `, ${bead.agent}` : "";
    return [`${bead.id} ${word(was?.status ?? "open")} → ${word(bead.status)}${by}: ${bead.title}`];
  });
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0]?.replace(/\.$/, "") ?? "";
}

const word = (status: Bead["status"]): string => (status === "failed" ? "parked" : status);
