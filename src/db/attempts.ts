/**
 * The life of an attempt: every write that moves an agent, its bead and the journal row together.
 * Each function is one step, guarded by the fence, to be called inside one savepoint.
 */
import { and, eq, sql } from "drizzle-orm";
import { backoffMs } from "../lib/backoff.ts";
import { assert, guard, Stale } from "../lib/guard.ts";
import type { Settings } from "../lib/settings.ts";
import type { Tx } from "./client.ts";
import {
  type Attempt,
  agents,
  attempts,
  type Bead,
  beadDependencies,
  beadNotes,
  beads,
  type Failure,
  town,
} from "./schema.ts";

/** What a step may know besides rows: the only clock, the only chance, the town's settings. */
export interface StepContext {
  nowMs: number;
  random: () => number;
  settings: Settings;
}

export const isLive = sql`${attempts.state} IN ('starting', 'running')`;

/** The next fence. Rising within the town, so that "newer" has one meaning for agents, beads, branches and hosts. */
function nextFence(tx: Tx): number {
  const row = tx
    .update(town)
    .set({ lastFence: sql`${town.lastFence} + 1` })
    .returning({ fence: town.lastFence })
    .get();
  assert(row, "a town has its row before anything is claimed");
  return row.fence;
}

/**
 * How long a claim may stay a claim without evidence of life. The effect's row answers for it far earlier; this is
 * for a claim whose effect was lost, which only a corrupted database can bring about.
 */
const claimLeaseMs = (settings: Settings): number => 4 * settings.startDeadlineMs;

/** An idle agent takes a ready bead, or tries again the one on its hook: agent, bead and journal in one step. */
export function claimRun(tx: Tx, agentId: string, beadId: string, { nowMs, settings }: StepContext): number {
  const fence = nextFence(tx);
  const agent = guard(
    tx
      .update(agents)
      .set({ status: "starting", beadId, fence })
      .where(
        and(
          eq(agents.id, agentId),
          eq(agents.status, "idle"),
          sql`(${agents.beadId} IS NULL OR ${agents.beadId} = ${beadId})`,
        ),
      )
      .returning()
      .get(),
    "the agent is not idle, or holds another bead",
  );
  const bead = guard(
    tx
      .update(beads)
      .set({ status: "in_progress", agentId, fence, notBeforeMs: 0, updatedAtMs: nowMs })
      .where(
        and(
          eq(beads.id, beadId),
          eq(beads.rigId, agent.rigId),
          sql`${beads.notBeforeMs} <= ${nowMs}`,
          sql`((${beads.status} = 'open' AND ${beads.blockedBy} = 0) OR (${beads.status} = 'in_progress' AND ${beads.agentId} = ${agentId}))`,
        ),
      )
      .returning()
      .get(),
    "the bead is not ready for this agent",
  );
  insertAttempt(tx, { fence, kind: "run", rigId: bead.rigId, beadId, agentId }, nowMs + claimLeaseMs(settings), nowMs);
  return fence;
}

/** A reviewed bead begins to land. */
export function claimLanding(tx: Tx, beadId: string, { nowMs, settings }: StepContext): number {
  const fence = nextFence(tx);
  const bead = guard(
    tx
      .update(beads)
      .set({ fence, notBeforeMs: 0, updatedAtMs: nowMs })
      .where(and(eq(beads.id, beadId), eq(beads.status, "in_review"), sql`${beads.notBeforeMs} <= ${nowMs}`))
      .returning()
      .get(),
    "the bead does not wait to land",
  );
  const other = tx
    .select({ fence: attempts.fence })
    .from(attempts)
    .where(and(eq(attempts.rigId, bead.rigId), sql`${attempts.kind} = 'landing'`, isLive))
    .get();
  if (other) throw new Stale("another bead of this rig is landing");
  insertAttempt(
    tx,
    { fence, kind: "landing", rigId: bead.rigId, beadId, agentId: null },
    nowMs + claimLeaseMs(settings),
    nowMs,
  );
  return fence;
}

type Claim = Pick<Attempt, "fence" | "kind" | "rigId" | "beadId" | "agentId">;

function insertAttempt(tx: Tx, claim: Claim, leaseUntilMs: number, nowMs: number): void {
  tx.insert(attempts)
    .values({ ...claim, state: "starting", startedAtMs: nowMs, leaseUntilMs })
    .run();
}

/** The host agreed: a claim becomes a run, on a short lease until its first heartbeat. */
export function acceptAttempt(tx: Tx, fence: number, ctx: StepContext): void {
  const attempt = guard(
    tx
      .update(attempts)
      .set({ state: "running", acceptedAtMs: ctx.nowMs, leaseUntilMs: ctx.nowMs + ctx.settings.firstLeaseMs })
      .where(and(eq(attempts.fence, fence), eq(attempts.state, "starting")))
      .returning()
      .get(),
    "the claim was superseded, or its heartbeat was faster",
  );
  if (attempt.kind === "run") markWorking(tx, fence);
}

const markWorking = (tx: Tx, fence: number) =>
  guard(
    tx
      .update(agents)
      .set({ status: "working" })
      .where(and(eq(agents.fence, fence), eq(agents.status, "starting")))
      .returning()
      .get(),
    "the agent moved on",
  );

/**
 * Rolls a try back because of something that is not the bead's fault: the agent is idle at once, the bead stays
 * hooked and in progress (a landing stays in review), the failure is on record, the next try is due.
 * All of it here, so that no caller can do half.
 */
export function releaseAttempt(
  tx: Tx,
  fence: number,
  cause: Omit<Failure, "atMs">,
  ctx: StepContext,
  retryAfterMs?: number,
): void {
  const failure: Failure = { ...cause, atMs: ctx.nowMs };
  const attempt = guard(
    tx
      .update(attempts)
      .set({ state: "released", endedAtMs: ctx.nowMs, failure })
      .where(and(eq(attempts.fence, fence), isLive))
      .returning()
      .get(),
    "the attempt is over already",
  );
  const bead = guard(tx.select().from(beads).where(eq(beads.id, attempt.beadId)).get(), "the bead is gone");
  if (attempt.kind === "run") {
    // The hook stays. Guarded by the fence, or a late failure would tear down the run of a newer attempt.
    tx.update(agents).set({ status: "idle", fence: null }).where(eq(agents.fence, fence)).run();
  }
  const failures = bead.dispatchFailures + 1;
  const wait = backoffMs(failures, ctx.settings.backoffBaseMs, ctx.settings.backoffCapMs, ctx.random());
  const notBeforeMs = ctx.nowMs + Math.max(wait, Math.min(retryAfterMs ?? 0, ctx.settings.backoffCapMs));
  tx.update(beads)
    .set({ dispatchFailures: failures, notBeforeMs, lastFailure: failure, updatedAtMs: ctx.nowMs })
    .where(and(eq(beads.id, bead.id), eq(beads.fence, fence)))
    .run();
}

/**
 * The live attempt a report speaks for, adopting a released one whose bead nobody has taken up since.
 * @returns null when the report is fenced: a newer attempt began, the hook is gone, or all is over.
 */
export function attemptForReport(
  tx: Tx,
  report: { agent: string | null; bead: string; fence: number },
  ctx: StepContext,
): Attempt | null {
  const attempt = tx.select().from(attempts).where(eq(attempts.fence, report.fence)).get();
  if (!attempt || attempt.beadId !== report.bead || attempt.agentId !== report.agent) return null;
  if (attempt.state === "running") return attempt;
  if (attempt.state === "starting") return proveAttempt(tx, attempt, ctx);
  if (attempt.state === "released" && mayAdopt(tx, attempt)) return proveAttempt(tx, attempt, ctx);
  return null;
}

/** A late start is adopted only while it is still the newest attempt and its agent idles on that hook. */
function mayAdopt(tx: Tx, attempt: Attempt): boolean {
  const bead = tx.select().from(beads).where(eq(beads.id, attempt.beadId)).get();
  if (bead?.fence !== attempt.fence) return false;
  if (attempt.kind === "landing") {
    const other = tx
      .select({ fence: attempts.fence })
      .from(attempts)
      .where(and(eq(attempts.rigId, attempt.rigId), sql`${attempts.kind} = 'landing'`, isLive))
      .get();
    return bead.status === "in_review" && !other;
  }
  const agent = tx
    .select()
    .from(agents)
    .where(eq(agents.id, attempt.agentId ?? ""))
    .get();
  return (
    bead.status === "in_progress" && bead.agentId === agent?.id && agent?.status === "idle" && agent.beadId === bead.id
  );
}

/** Evidence of life: better than the host's word, so it also settles a claim whose answer is still on its way. */
function proveAttempt(tx: Tx, attempt: Attempt, { nowMs, settings }: StepContext): Attempt {
  const leaseUntilMs = nowMs + settings.leaseMs;
  const acceptedAtMs = attempt.acceptedAtMs ?? nowMs;
  tx.update(attempts)
    .set({ state: "running", acceptedAtMs, endedAtMs: null, failure: null, leaseUntilMs })
    .where(eq(attempts.fence, attempt.fence))
    .run();
  if (attempt.agentId !== null)
    tx.update(agents).set({ status: "working", fence: attempt.fence }).where(eq(agents.id, attempt.agentId)).run();
  tx.update(beads).set({ notBeforeMs: 0, updatedAtMs: nowMs }).where(eq(beads.id, attempt.beadId)).run();
  return { ...attempt, state: "running", acceptedAtMs, endedAtMs: null, failure: null, leaseUntilMs };
}

/** The run ended well and its work is pushed: the bead waits to land, the agent is free. */
export function finishRun(
  tx: Tx,
  attempt: Attempt,
  done: { branch: string; head: string; outputTail: string },
  { nowMs }: StepContext,
): void {
  assert(attempt.kind === "run", "only a run finishes a run");
  tx.update(attempts)
    .set({ state: "finished", endedAtMs: nowMs, ...done })
    .where(eq(attempts.fence, attempt.fence))
    .run();
  freeAgent(tx, attempt);
  tx.update(beads)
    .set({
      status: "in_review",
      agentId: null,
      branch: done.branch,
      head: done.head,
      ...untroubled,
      updatedAtMs: nowMs,
    })
    .where(eq(beads.id, attempt.beadId))
    .run();
}

const untroubled = { dispatchFailures: 0, notBeforeMs: 0, lastFailure: null };

/** The run ran and failed: that costs the bead one of its budget, and past the budget parks it with the evidence. */
export function failRun(
  tx: Tx,
  attempt: Attempt,
  cause: Omit<Failure, "atMs">,
  outputTail: string,
  ctx: StepContext,
): void {
  endFailed(tx, attempt, cause, outputTail, ctx);
  freeAgent(tx, attempt);
  const bead = guard(tx.select().from(beads).where(eq(beads.id, attempt.beadId)).get(), "the bead is gone");
  const failures = bead.failures + 1;
  note(tx, bead.id, "agent_failed", `${cause.message}${outputTail && `\n\n${outputTail}`}`, ctx.nowMs);
  sendBack(tx, bead, { failures }, { ...cause, atMs: ctx.nowMs }, failures, ctx);
  if (failures >= ctx.settings.agentFailureBudget)
    park(tx, bead, `${failures} runs failed, the last: ${cause.message}`, ctx);
}

/** The landing came back: the evidence goes on the bead and the work is done again on the new main branch. */
export function rejectLanding(
  tx: Tx,
  attempt: Attempt,
  cause: { code: "conflict" | "gate_failed"; message: string },
  outputTail: string,
  ctx: StepContext,
): void {
  const failure = { kind: "agent_failed" as const, ...cause };
  endFailed(tx, attempt, failure, outputTail, ctx);
  const bead = guard(tx.select().from(beads).where(eq(beads.id, attempt.beadId)).get(), "the bead is gone");
  const reworks = bead.reworks + 1;
  note(tx, bead.id, cause.code, `${cause.message}${outputTail && `\n\n${outputTail}`}`, ctx.nowMs);
  sendBack(tx, bead, { reworks }, { ...failure, atMs: ctx.nowMs }, reworks, ctx);
  if (reworks > ctx.settings.reworkBudget)
    park(tx, bead, `${reworks} landings came back, the last: ${cause.message}`, ctx);
}

function endFailed(
  tx: Tx,
  attempt: Attempt,
  cause: Omit<Failure, "atMs">,
  outputTail: string,
  { nowMs }: StepContext,
): void {
  tx.update(attempts)
    .set({ state: "failed", endedAtMs: nowMs, failure: { ...cause, atMs: nowMs }, outputTail })
    .where(eq(attempts.fence, attempt.fence))
    .run();
}

function sendBack(
  tx: Tx,
  bead: Bead,
  counts: { failures?: number; reworks?: number },
  lastFailure: Failure,
  times: number,
  ctx: StepContext,
): void {
  const notBeforeMs = ctx.nowMs + backoffMs(times, ctx.settings.backoffBaseMs, ctx.settings.backoffCapMs, ctx.random());
  tx.update(beads)
    .set({
      status: "open",
      agentId: null,
      dispatchFailures: 0,
      ...counts,
      notBeforeMs,
      lastFailure,
      updatedAtMs: ctx.nowMs,
    })
    .where(eq(beads.id, bead.id))
    .run();
}

/** Budget used up: the bead waits for a person, and what it blocks stays blocked. */
function park(tx: Tx, bead: Bead, why: string, { nowMs }: StepContext): void {
  tx.update(beads).set({ status: "failed", notBeforeMs: 0, closedAtMs: nowMs }).where(eq(beads.id, bead.id)).run();
  note(tx, bead.id, "parked", why, nowMs);
}

/** The landing reached the remote: the bead is closed and what waited for it may go on. */
export function closeLanded(tx: Tx, attempt: Attempt, head: string, { nowMs }: StepContext): void {
  assert(attempt.kind === "landing", "only a landing lands");
  tx.update(attempts).set({ state: "finished", endedAtMs: nowMs, head }).where(eq(attempts.fence, attempt.fence)).run();
  tx.update(beads)
    .set({ status: "closed", head, closedAtMs: nowMs, ...untroubled, updatedAtMs: nowMs })
    .where(eq(beads.id, attempt.beadId))
    .run();
  const dependents = tx
    .select({ id: beadDependencies.beadId })
    .from(beadDependencies)
    .where(eq(beadDependencies.blockerId, attempt.beadId))
    .all();
  for (const { id } of dependents)
    tx.update(beads)
      .set({ blockedBy: sql`${beads.blockedBy} - 1`, updatedAtMs: nowMs })
      .where(eq(beads.id, id))
      .run();
}

function freeAgent(tx: Tx, { fence }: Attempt): void {
  tx.update(agents).set({ status: "idle", beadId: null, fence: null }).where(eq(agents.fence, fence)).run();
}

function note(
  tx: Tx,
  beadId: string,
  kind: "conflict" | "gate_failed" | "agent_failed" | "parked",
  text: string,
  atMs: number,
): void {
  tx.insert(beadNotes).values({ beadId, kind, text, atMs }).run();
}
