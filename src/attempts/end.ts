/** How an attempt ends by its own word: finished, failed, landed or sent back. */
import { and, eq } from "drizzle-orm";
import { broughtToBranch } from "../beads/convoy-branch.ts";
import { memberEnded } from "../beads/convoys.ts";
import { lessonsOf, remark } from "../beads/notes.ts";
import { closeBead, isReturned, MANY_REWORKS, untroubled } from "../beads/over.ts";
import type { Tx } from "../db/client.ts";
import { theBead, theRig } from "../db/existing.ts";
import { type Attempt, agents, attempts, type Bead, beads, type Failure } from "../db/schema.ts";
import { prepared, slot } from "../db/statements.ts";
import type { StepContext } from "../db/step.ts";
import { backoffMs } from "../lib/backoff.ts";
import { branchOf } from "../lib/branch.ts";
import { goesOnWith } from "../lib/going-on.ts";
import { assert, guard } from "../lib/guard.ts";
import { counted, quoted } from "../lib/text.ts";
import type { Rejection } from "../protocol/failures.ts";
import { beadLanded, beadParked } from "../webhooks/announce.ts";
import { endedAtOnce } from "./fails-every-bead.ts";
import { workPastGate } from "./incidents.ts";
import type { Cause } from "./policy.ts";
import { providerIsWell } from "./providers.ts";
import { rigIsWell } from "./rig-well.ts";
import { attemptOver } from "./stop.ts";

const finish = prepared((tx) =>
  tx
    .update(attempts)
    .set({
      state: "finished",
      endedAtMs: slot("nowMs"),
      branch: slot<string>("branch"),
      head: slot<string>("head"),
      outputTail: slot<string>("outputTail"),
    })
    .where(eq(attempts.fence, slot("fence")))
    .prepare(),
);

const toReview = prepared((tx) =>
  tx
    .update(beads)
    .set({
      status: "in_review",
      agentId: null,
      branch: slot<string>("branch"),
      head: slot<string>("head"),
      base: slot<string | null>("base"),
      ...untroubled,
      updatedAtMs: slot("nowMs"),
    })
    .where(eq(beads.id, slot<string>("beadId")))
    .prepare(),
);

/** The run ended well and its work is pushed: the bead waits to land, the agent is free. */
export function finishRun(
  tx: Tx,
  attempt: Attempt,
  { base, ...done }: { head: string; base: string | null; outputTail: string },
  ctx: StepContext,
): void {
  const { nowMs, ended } = ctx;
  assert(attempt.kind === "run", "only a run finishes a run");
  // Derived, never taken from the report: a host may name no other branch than the one of its own fence.
  const branch = attempt.branch ?? branchOf(attempt.beadId, attempt.fence);
  finish(tx).run({ fence: attempt.fence, nowMs, branch, ...done });
  freeAgent(tx, attempt, ctx);
  attemptOver(tx, attempt, ctx);
  rigIsWell(tx, attempt, "pushed", ctx);
  toReview(tx).run({ beadId: attempt.beadId, nowMs, branch, head: done.head, base });
  ended?.("run", "finished");
}

/** What a run that failed had done is on its branch: the bead's next try may go on with it. */
export function keepSaved(
  tx: Tx,
  { fence, beadId, branch }: Attempt,
  { head, base }: { head: string; base: string },
): void {
  // The journal's branch, never one that a report names.
  const work = { branch: branch ?? branchOf(beadId, fence), head, base };
  tx.update(beads).set(work).where(eq(beads.id, beadId)).run();
}

/** The agent says that there is nothing to do: the bead is closed with its reason, or waits for a person, as its rig has it. */
export function endUnchanged(
  tx: Tx,
  attempt: Attempt,
  { why, outputTail }: { why: string; outputTail: string },
  ctx: StepContext,
): void {
  const { nowMs, ended } = ctx;
  assert(attempt.kind === "run", "only a run finds nothing to do");
  tx.update(attempts)
    .set({ state: "finished", endedAtMs: nowMs, outputTail })
    .where(eq(attempts.fence, attempt.fence))
    .run();
  freeAgent(tx, attempt, ctx);
  attemptOver(tx, attempt, ctx);
  const bead = guard(theBead(tx).get({ id: attempt.beadId }), "the bead is gone");
  remark(tx, bead.id, "no_change", why, ctx);
  ended?.("run", "unchanged");
  if (guard(theRig(tx).get({ id: bead.rigId }), "the rig is gone").noChange === "close") {
    closeBead(tx, bead, null, nowMs, "no_change");
    return;
  }
  const message = `its agent says that there is nothing to do: ${why}`;
  const lastFailure = { kind: "agent_failed", code: "no_change", message, atMs: nowMs } as const;
  tx.update(beads)
    .set({ agentId: null, ...untroubled, lastFailure, updatedAtMs: nowMs })
    .where(eq(beads.id, bead.id))
    .run();
  park(tx, bead, message, ctx);
}

/** The run ran and failed: that costs the bead one of its budget, and past the budget parks it with the evidence. */
export function failRun(tx: Tx, attempt: Attempt, cause: Cause, outputTail: string, ctx: StepContext): void {
  endFailed(tx, attempt, cause, outputTail, ctx);
  freeAgent(tx, attempt, ctx);
  if (endedAtOnce(attempt, cause, ctx.nowMs)) doubtAgent(tx, attempt, cause, ctx);
  const kind = cause.code === "declined" ? "declined" : "agent_failed";
  remark(tx, attempt.beadId, kind, `${cause.message}${outputTail && `\n\n${outputTail}`}`, ctx);
  chargeBead(tx, attempt, cause, ctx);
}

/** The agent is first given beads that have failed no agent. This bead is kept from no agent, and says nothing of any other kind of trouble. */
function doubtAgent(tx: Tx, { agentId, beadId }: Attempt, { kind }: Cause, { nowMs }: StepContext): void {
  if (agentId === null) return;
  const doubts = [{ bead: beadId, agent: agentId, kind, atMs: nowMs, isRepeat: true, untilMs: nowMs }];
  tx.update(agents).set({ doubts }).where(eq(agents.id, agentId)).run();
}

/** A run that came to nothing by its agent's fault: the bead has one try less, and is parked after the last. */
export function chargeBead(tx: Tx, attempt: Attempt, cause: Cause, ctx: StepContext): void {
  const bead = guard(theBead(tx).get({ id: attempt.beadId }), "the bead is gone");
  const failures = bead.failures + 1;
  sendBack(tx, bead, { failures }, { ...cause, atMs: ctx.nowMs }, failures, ctx);
  if (failures >= ctx.settings.agentFailureBudget)
    park(tx, bead, `${counted(failures, "run")} failed, the last: ${cause.message}`, ctx);
}

/** The landing came back: the evidence goes on the bead and the work is done again on the new main branch. */
export function rejectLanding(
  tx: Tx,
  attempt: Attempt,
  cause: { code: Rejection; message: string },
  outputTail: string,
  ctx: StepContext,
): void {
  const failure = { kind: "agent_failed" as const, ...cause };
  endFailed(tx, attempt, failure, outputTail, ctx);
  // A gate that fails on what is there already has told nothing of what could pass it.
  if (cause.code !== "past_gate") rigIsWell(tx, attempt, cause.code === "conflict" ? "merged" : "judged", ctx);
  const bead = guard(theBead(tx).get({ id: attempt.beadId }), "the bead is gone");
  const reworks = bead.reworks + 1;
  remark(tx, bead.id, cause.code, `${cause.message}${outputTail && `\n\n${outputTail}`}`, ctx);
  sendBack(tx, bead, { reworks, ...workLeft(tx, bead, cause.code) }, { ...failure, atMs: ctx.nowMs }, reworks, ctx);
  // Doing it again would find it done: a person decides what becomes of it.
  if (cause.code === "past_gate") {
    workPastGate(tx, { bead: bead.id, fence: attempt.fence, why: cause.message, isParked: true }, ctx);
    park(tx, bead, cause.message, ctx);
  } else if (reworks >= ctx.settings.reworkBudget)
    park(tx, bead, `${counted(reworks, "landing")} came back, the last: ${cause.message}`, ctx);
  else if (reworks === MANY_REWORKS)
    ctx.news?.(`RETURNED ${bead.id}: ${counted(reworks, "landing")} came back, the last: ${quoted(cause.message)}`);
}

/** What no gate lets through, and no remote takes, is not continued, also when the tries after it come to nothing. */
function workLeft(tx: Tx, bead: Bead, code: Rejection): Partial<Bead> {
  if (code !== "declined" && code !== "gate_failed") return {};
  const goesOn = goesOnWith({ work: bead, lessons: lessonsOf(tx, bead.id), anew: false });
  return goesOn === null ? { branch: null, head: null, base: null } : {};
}

function endFailed(tx: Tx, attempt: Attempt, cause: Cause, outputTail: string, ctx: StepContext): void {
  const { nowMs, ended } = ctx;
  attemptOver(tx, attempt, ctx);
  tx.update(attempts)
    .set({ state: "failed", endedAtMs: nowMs, failure: { ...cause, atMs: nowMs }, outputTail })
    .where(eq(attempts.fence, attempt.fence))
    .run();
  ended?.(attempt.kind, attempt.kind === "landing" ? cause.code : "failed");
}

function sendBack(
  tx: Tx,
  bead: Bead,
  change: Partial<Bead>,
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
      strikes: null,
      ...change,
      notBeforeMs,
      lastFailure,
      updatedAtMs: ctx.nowMs,
    })
    .where(eq(beads.id, bead.id))
    .run();
}

/** Budget used up: the bead waits for a person, and what it blocks stays blocked. */
function park(tx: Tx, bead: Bead, why: string, ctx: StepContext): void {
  const { nowMs } = ctx;
  const parked = tx
    .update(beads)
    .set({ status: "failed", notBeforeMs: 0, closedAtMs: nowMs })
    .where(eq(beads.id, bead.id))
    .returning()
    .get();
  remark(tx, bead.id, "parked", why, ctx);
  ctx.news?.(`PARKED ${bead.id}: ${quoted(why)}`);
  beadParked(tx, parked, why, nowMs);
  memberEnded(tx, parked, nowMs);
}

/** The same, of a bead that its agent has kept on the hook. */
export function parkHooked(tx: Tx, bead: Bead, why: string, ctx: StepContext): void {
  tx.update(agents)
    .set({ beadId: null })
    .where(and(eq(agents.id, bead.agentId ?? ""), eq(agents.beadId, bead.id), eq(agents.status, "idle")))
    .run();
  tx.update(beads).set({ agentId: null }).where(eq(beads.id, bead.id)).run();
  park(tx, bead, why, ctx);
}

const landed = prepared((tx) =>
  tx
    .update(attempts)
    .set({ state: "finished", endedAtMs: slot("nowMs"), head: slot<string>("head") })
    .where(eq(attempts.fence, slot("fence")))
    .prepare(),
);

/** The landing reached the remote: the bead is closed and what waited for it may go on. */
export function closeLanded(
  tx: Tx,
  attempt: Attempt,
  { head, why, pastGate }: { head: string; why: string | undefined; pastGate: boolean },
  ctx: StepContext,
): void {
  const { nowMs, ended } = ctx;
  assert(attempt.kind === "landing", "only a landing lands");
  landed(tx).run({ fence: attempt.fence, nowMs, head });
  const bead = guard(theBead(tx).get({ id: attempt.beadId }), "the bead is gone");
  if (why) remark(tx, bead.id, pastGate ? "past_gate" : "landing", why, ctx);
  if (pastGate) workPastGate(tx, { bead: bead.id, fence: attempt.fence, why: why ?? "it came past the gate" }, ctx);
  if (isReturned(bead)) ctx.news?.(`LANDED ${bead.id}, after ${bead.reworks} landings that came back`);
  broughtToBranch(tx, bead, head);
  beadLanded(tx, bead, attempt.fence, head, nowMs);
  closeBead(tx, bead, head, nowMs);
  rigIsWell(tx, attempt, "landed", ctx);
  ended?.("landing", "finished");
}

const free = prepared((tx) =>
  tx
    .update(agents)
    .set({
      status: "idle",
      beadId: null,
      fence: null,
      troubles: 0,
      trouble: null,
      notBeforeMs: 0,
      doubts: null,
      wellAtMs: slot("nowMs"),
    })
    .where(and(eq(agents.id, slot<string>("agentId")), eq(agents.fence, slot("fence"))))
    .returning({ provider: agents.provider })
    .prepare(),
);

/** The agent ran to an end of its own, so any trouble that it had is over. */
function freeAgent(tx: Tx, { agentId, fence }: Attempt, { nowMs }: StepContext): void {
  const agent = free(tx).get({ agentId, fence, nowMs });
  if (agent?.provider) providerIsWell(tx, agent.provider);
}
