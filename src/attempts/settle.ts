/** How a claim is settled: accepted, proved by a heartbeat, adopted late, or rolled back. Guarded by the fence throughout. */
import { and, eq, sql } from "drizzle-orm";
import { remark } from "../beads/notes.ts";
import type { Tx } from "../db/client.ts";
import { theAgent, theBead, theRig } from "../db/existing.ts";
import { type Agent, type Attempt, agents, attempts, beads, effects, type Failure } from "../db/schema.ts";
import { prepared, slot } from "../db/statements.ts";
import type { StepContext } from "../db/step.ts";
import { guard } from "../lib/guard.ts";
import { bootIdIn } from "../protocol/bounded.ts";
import { isSignOfLife, type Report } from "../protocol/reports.ts";
import { countHostFailure } from "./breaker.ts";
import { capReachedBy } from "./caps.ts";
import { parkHooked } from "./end.ts";
import { beadsOwn, judgeTrouble, needsEvidence } from "./evidence.ts";
import { hasRoomToLand, landingsOf } from "./landings.ts";
import { isPastLimit } from "./limit.ts";
import {
  type Cause,
  coolDownMs,
  goneOn,
  isAgentsTrouble,
  isLeaving,
  isRemoteAway,
  isRemotes,
  isRigsTrouble,
  retryWaitMs,
} from "./policy.ts";
import { troubleRig } from "./rig-trouble.ts";
import { isCapacity, placeTaken } from "./room.ts";
import { isTriedOut, unpaidAfter } from "./spending.ts";
import { attemptOver } from "./stop.ts";
import { leaseOf } from "./terms.ts";

const accept = prepared((tx) =>
  tx
    .update(attempts)
    .set({
      state: "running",
      acceptedAtMs: slot("nowMs"),
      hostBootId: slot<string>("hostBootId"),
      leaseUntilMs: slot("leaseUntilMs"),
    })
    .where(and(eq(attempts.fence, slot("fence")), eq(attempts.state, "starting")))
    .returning()
    .prepare(),
);

/** The host agreed: a claim becomes a run, on a short lease until its first heartbeat. */
export function acceptAttempt(tx: Tx, fence: number, ctx: StepContext, answer: { bootId?: string | undefined }): void {
  const { nowMs, settings } = ctx;
  const attempt = guard(
    accept(tx).get({ fence, nowMs, hostBootId: bootIdIn(answer), leaseUntilMs: nowMs + settings.firstLeaseMs }),
    "the claim was superseded, or its heartbeat was faster",
  );
  if (attempt.kind === "run") markWorking(tx, attempt);
}

const setWorking = prepared((tx) =>
  tx
    .update(agents)
    .set({ status: "working" })
    .where(and(eq(agents.id, slot<string>("agentId")), eq(agents.fence, slot("fence")), eq(agents.status, "starting")))
    .returning({ id: agents.id })
    .prepare(),
);

const markWorking = (tx: Tx, { agentId, fence }: Attempt) =>
  guard(setWorking(tx).get({ agentId, fence }), "the agent moved on");

/** A place that comes free is used within a second. */
const ROOM_WAIT_MS = 250;

/** Why a try is taken back, and whether it may live on all the same. */
interface Release {
  cause: Cause;
  retryAfterMs?: number | undefined;
  uncertain?: boolean;
}

/**
 * How long a start of which nothing was heard may live on a host that can't be asked: until the lease runs out that its host was
 * told. A joined host stays one, also where the town's `hosts` has been changed since.
 */
const doubtMs = sql`CASE WHEN ${slot("uncertain")} AND (${slot("external")} OR ${attempts.hostId} IS NOT NULL)
  THEN ${slot("startDeadlineMs")} + coalesce(${attempts.leaseMs}, ${slot("leaseMs")}) ELSE 0 END`;

const release = prepared((tx) =>
  tx
    .update(attempts)
    .set({
      state: "released",
      endedAtMs: slot("nowMs"),
      leaseUntilMs: sql`${slot("nowMs")} + ${doubtMs}`,
      failure: slot<Failure>("failure"),
    })
    .where(and(eq(attempts.fence, slot("fence")), sql`${attempts.state} IN ('starting', 'running')`))
    .returning()
    .prepare(),
);

/** The hook stays. Guarded by the fence, or a late failure would tear down the run of a newer attempt. */
const freeHooked = prepared((tx) =>
  tx
    .update(agents)
    .set({ status: "idle", fence: null })
    .where(and(eq(agents.id, slot<string>("agentId")), eq(agents.fence, slot("fence"))))
    .returning()
    .prepare(),
);

const retryBead = prepared((tx) =>
  tx
    .update(beads)
    .set({
      dispatchFailures: slot("failures"),
      notBeforeMs: slot("notBeforeMs"),
      unpaidTries: slot("unpaidTries"),
      unpaidDay: slot("unpaidDay"),
      lastFailure: slot<Failure>("failure"),
      updatedAtMs: slot("nowMs"),
    })
    .where(and(eq(beads.id, slot<string>("beadId")), eq(beads.fence, slot("fence"))))
    .prepare(),
);

/**
 * Rolls a try back that cost no budget: the agent is idle at once, the bead stays hooked and in progress (a landing stays in review),
 * its next try is due. If the trouble proves to be the bead's, or too many tries went unpaid today, it is parked. All of it here, so
 * that no caller can do half.
 */
export function releaseAttempt(
  tx: Tx,
  fence: number,
  { cause, retryAfterMs, uncertain }: Release,
  ctx: StepContext,
): void {
  const { nowMs, settings } = ctx;
  const failure: Failure = { ...cause, atMs: nowMs };
  const { startDeadlineMs, leaseMs } = settings;
  const doubt = {
    uncertain: uncertain ? 1 : 0,
    external: settings.hosts === "external" ? 1 : 0,
    startDeadlineMs,
    leaseMs,
  };
  const attempt = guard(release(tx).get({ fence, nowMs, failure, ...doubt }), "the attempt is over already");
  ctx.released?.(fence);
  const bead = guard(theBead(tx).get({ id: attempt.beadId }), "the bead is gone");
  const agent = freeHooked(tx).get({ agentId: attempt.agentId, fence }) as Agent | undefined;
  const { isAgents, isRoom, isRigs, blameless } = blameFor(attempt, agent, cause);
  const verdict =
    agent && isAgents && needsEvidence(cause)
      ? judgeTrouble(tx, { agent, bead, trouble: failure, retryAfterMs }, ctx)
      : null;
  if (agent && isAgents && verdict === null) coolDown(tx, agent, failure, retryAfterMs, ctx);
  else if ((attempt.kind === "landing" && !isLeaving(cause)) || isRigs || isRemotes(cause))
    troubleRig(tx, attempt, failure, ctx);
  else if (!isAgents) countHostFailure(tx, attempt, failure, ctx);
  attemptOver(tx, attempt, ctx);
  const failures = bead.dispatchFailures + (blameless ? 0 : 1);
  const waitMs = isRoom ? ROOM_WAIT_MS : retryWaitMs(Math.max(failures, 1), blameless ? 0 : retryAfterMs, ctx);
  const notBeforeMs = Math.max(nowMs + waitMs, attempt.leaseUntilMs);
  // Tries that end in the rig's trouble are bounded by the rig's own wait, and its host makes them without the agent.
  const unpaid = unpaidAfter(bead, attempt, uncertain === true || isRigs, ctx);
  retryBead(tx).run({ beadId: bead.id, fence, failures, notBeforeMs, failure, nowMs, ...unpaid });
  const triedOut = bead.fence === fence ? isTriedOut(bead, unpaid, ctx) : null;
  const why = verdict?.whose === "bead" ? beadsOwn(verdict.strikes, cause) : triedOut;
  if (why !== null) parkHooked(tx, bead, `${why}, the last: ${cause.message}`, ctx);
  ctx.ended?.(attempt.kind, cause.kind);
}

/** What its cause alone tells of whose trouble it is. `blameless`: nothing that makes the waits of its bead longer. */
function blameFor({ kind, agentActiveAtMs }: Attempt, agent: Agent | undefined, cause: Cause) {
  const isAgents = agent !== undefined && isAgentsTrouble(cause);
  // For want of room its host waits, and nothing else does.
  const isRoom = kind === "run" && isCapacity(cause);
  // Where the agent had begun by then, the try may have cost something: such tries are bounded by the day, for every cause.
  const isRigs = isRigsTrouble(cause) || (isRemoteAway(cause) && agentActiveAtMs === null);
  return { isAgents, isRoom, isRigs, blameless: isAgents || isRoom || isRigs };
}

function coolDown(tx: Tx, agent: Agent, met: Failure, retryAfterMs: number | undefined, ctx: StepContext): void {
  const troubles = agent.troubles + 1;
  const trouble = goneOn(met, agent.trouble);
  const notBeforeMs = ctx.nowMs + coolDownMs(trouble, troubles, retryAfterMs, ctx);
  // What it was doubted for is found out.
  const doubts = (agent.doubts ?? []).filter(({ kind }) => kind !== "agent_failed");
  const own = { troubles, trouble, notBeforeMs, doubts: doubts.length > 0 ? doubts : null };
  ctx.troubled?.();
  tx.update(agents).set(own).where(eq(agents.id, agent.id)).run();
}

/**
 * The live attempt a report speaks for, adopting a released one whose bead has had no newer attempt.
 * @param attempt the one with the report's fence and bead
 * @returns null when the report is fenced: a newer attempt began, the hook is gone, or all is over.
 */
export function attemptForReport(
  tx: Tx,
  attempt: Attempt | undefined,
  report: { agent: string | null; kind: Report["kind"] },
  ctx: StepContext,
): Attempt | null {
  if (!attempt || attempt.agentId !== report.agent) return null;
  if (attempt.state === "running") return attempt;
  if (attempt.state === "starting") return proveAttempt(tx, attempt, ctx);
  if (attempt.state !== "released" || !mayAdopt(tx, attempt)) return null;
  const mayLive = !isPastLimit(attempt, ctx) && !refusedByCap(tx, attempt, ctx);
  // A run's last word makes no attempt live, so it is heard even where a cap is reached.
  return mayLive || !isSignOfLife(report) ? proveAttempt(tx, attempt, ctx) : null;
}

/** Caps hold for a late start as for any other: others have its place by now. Its bead keeps its turn, and nothing is charged. */
function refusedByCap(tx: Tx, { kind, fence, beadId, agentId, refusedAtMs }: Attempt, ctx: StepContext): boolean {
  const agent = kind === "run" ? theAgent(tx).get({ id: agentId }) : undefined;
  const cap = agent ? capReachedBy(tx, agent, ctx.settings) : null;
  if (cap === null) return false;
  if (refusedAtMs === null) {
    tx.update(attempts).set({ refusedAtMs: ctx.nowMs }).where(eq(attempts.fence, fence)).run();
    const text = `Fence ${fence} began late, when as many runs were live as may be: ${cap}. It was refused.`;
    remark(tx, beadId, "refused_report", text, ctx);
  }
  return true;
}

/** A late start is adopted only while it is still the newest attempt and its agent idles on that hook. */
function mayAdopt(tx: Tx, attempt: Attempt): boolean {
  const bead = theBead(tx).get({ id: attempt.beadId });
  if (bead?.fence !== attempt.fence) return false;
  if (attempt.kind === "landing") {
    const rig = bead.status === "in_review" ? theRig(tx).get({ id: attempt.rigId }) : undefined;
    return rig !== undefined && hasRoomToLand(rig, landingsOf(tx, rig.id));
  }
  const agent = theAgent(tx).get({ id: attempt.agentId });
  return (
    bead.status === "in_progress" && bead.agentId === agent?.id && agent?.status === "idle" && agent.beadId === bead.id
  );
}

const withdraw = prepared((tx) =>
  tx
    .delete(effects)
    .where(eq(effects.fence, slot("fence")))
    .prepare(),
);

const prove = prepared((tx) =>
  tx
    .update(attempts)
    .set({
      state: "running",
      acceptedAtMs: slot("acceptedAtMs"),
      endedAtMs: null,
      failure: null,
      leaseUntilMs: slot("leaseUntilMs"),
    })
    .where(eq(attempts.fence, slot("fence")))
    .prepare(),
);

const markWorkingAgain = prepared((tx) =>
  tx
    .update(agents)
    .set({ status: "working", fence: slot("fence") })
    .where(eq(agents.id, slot<string>("agentId")))
    .prepare(),
);

const clearBackoff = prepared((tx) =>
  tx
    .update(beads)
    .set({ notBeforeMs: 0, updatedAtMs: slot("nowMs") })
    .where(eq(beads.id, slot<string>("beadId")))
    .prepare(),
);

/** Evidence of life: better than the host's word, so it also settles a claim whose answer is still on its way. */
function proveAttempt(tx: Tx, attempt: Attempt, ctx: StepContext): Attempt {
  const { nowMs, settings } = ctx;
  ctx.moreToPlan?.();
  const { fence, agentId, beadId } = attempt;
  if (attempt.state === "starting") withdraw(tx).run({ fence });
  else placeTaken(tx, attempt, ctx);
  const leaseUntilMs = nowMs + leaseOf(attempt, settings);
  const acceptedAtMs = attempt.acceptedAtMs ?? nowMs;
  prove(tx).run({ fence, acceptedAtMs, leaseUntilMs });
  if (agentId !== null) markWorkingAgain(tx).run({ agentId, fence });
  clearBackoff(tx).run({ beadId, nowMs });
  return { ...attempt, state: "running", acceptedAtMs, endedAtMs: null, failure: null, leaseUntilMs };
}
