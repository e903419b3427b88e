/**
 * How an attempt is called off, and what holds for each attempt that is over. A run that is called off holds its agent (`stopping`)
 * until the host says that it is gone, or its lease has run out: so what is started next never runs beside it. Its reports are
 * fenced from the first moment.
 */
import { and, eq } from "drizzle-orm";
import { endCancelled } from "../beads/over.ts";
import type { Tx } from "../db/client.ts";
import { type Attempt, agents, attempts, type Bead, effects } from "../db/schema.ts";
import { isLive, type StepContext } from "../db/step.ts";
import { guard } from "../lib/guard.ts";
import { ESCALATED } from "../lib/stall.ts";
import { placeFreed } from "./room.ts";
import { settleSpending } from "./spending.ts";
import { leaseOf } from "./terms.ts";

/** Calls off the live attempt of this bead, if there is one. */
export function stopAttemptOf(tx: Tx, beadId: string, ctx: StepContext): Attempt | null {
  const attempt = tx
    .select()
    .from(attempts)
    .where(and(eq(attempts.beadId, beadId), isLive))
    .get();
  if (!attempt || attempt.state === "stopping") return null;
  tx.delete(effects).where(eq(effects.fence, attempt.fence)).run(); // its start is not asked for any more
  if (attempt.kind === "landing") {
    // No agent is held, and the host asks before it pushes: fencing is all it takes.
    endAttempt(tx, attempt, ctx);
    return attempt;
  }
  // A start that is on its way may yet begin; from then on the lease runs that its host was told.
  const onItsWayMs = attempt.state === "starting" ? ctx.settings.startDeadlineMs : 0;
  const leaseUntilMs = ctx.nowMs + leaseOf(attempt, ctx.settings) + onItsWayMs;
  tx.update(attempts).set({ state: "stopping", leaseUntilMs }).where(eq(attempts.fence, attempt.fence)).run();
  tx.update(agents)
    .set({ status: "stopping", beadId: null })
    .where(and(eq(agents.id, attempt.agentId ?? ""), eq(agents.fence, attempt.fence)))
    .run();
  return attempt;
}

/** The run is gone: the host said so, its own last word did, or its lease has run out. */
export function endStop(tx: Tx, fence: number, ctx: StepContext): void {
  const attempt = tx.select().from(attempts).where(eq(attempts.fence, fence)).get();
  const stopped = guard(attempt?.state === "stopping" ? attempt : undefined, "the run was stopped already");
  endAttempt(tx, stopped, ctx);
  tx.delete(effects).where(eq(effects.fence, fence)).run();
  tx.update(agents)
    .set({ status: "idle", fence: null })
    .where(and(eq(agents.id, stopped.agentId ?? ""), eq(agents.fence, fence), eq(agents.status, "stopping")))
    .run();
}

function endAttempt(tx: Tx, attempt: Attempt, ctx: StepContext): void {
  const { fence, kind } = attempt;
  tx.update(attempts).set({ state: "stopped", endedAtMs: ctx.nowMs }).where(eq(attempts.fence, fence)).run();
  attemptOver(tx, attempt, ctx);
  ctx.ended?.(kind, "stopped");
}

/** What is done for each attempt that is over, however it ended. */
export function attemptOver(tx: Tx, attempt: Attempt, ctx: StepContext): void {
  settleSpending(tx, attempt, ctx);
  placeFreed(tx, attempt, ctx);
  if (attempt.stall >= ESCALATED) newsOfSilence(attempt, "it is over", ctx);
}

/** The other half of `SILENT`. */
export const newsOfSilence = ({ agentId, beadId, fence }: Attempt, why: string, { news }: StepContext): void =>
  news?.(`NO LONGER SILENT: ${agentId} on ${beadId}, fence ${fence}: ${why}`);

/** The bead is cancelled, and what runs for it is called off by its fence, in one step. */
export function cancelBead(tx: Tx, bead: Bead, reason: string, ctx: StepContext): Bead {
  const stopped = stopAttemptOf(tx, bead.id, ctx);
  // An agent that is stopping has let go of it already.
  return endCancelled(tx, stopped ? { ...bead, agentId: null } : bead, reason, ctx);
}
