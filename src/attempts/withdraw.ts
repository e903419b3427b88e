/**
 * How a claim is taken back because a gate was shut before its host was asked. It costs nothing: no budget, no failure, no
 * backoff. Its journal row stays, since fences have no gaps, and says why nothing came of it.
 */
import { and, desc, eq, inArray, lt, sql } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { type Attempt, agents, attempts, beads, effects, type Failure, spending } from "../db/schema.ts";
import { atMost, prepared, slot } from "../db/statements.ts";
import type { StepContext } from "../db/step.ts";
import { guard } from "../lib/guard.ts";
import { dayOf } from "../lib/time.ts";
import { settleSpending } from "./spending.ts";
import { leaseOf } from "./terms.ts";

interface Withdrawal {
  /** What keeps it from starting. */
  why: string;
  /** Its host may have been asked by an incarnation that is no more: a run that proves to live is adopted. */
  maybeSent: boolean;
}

/** @throws Stale if it is no claim any more */
export function withdrawAttempt(tx: Tx, attempt: Attempt, { why, maybeSent }: Withdrawal, ctx: StepContext): void {
  const { nowMs, settings } = ctx;
  const { fence, agentId, beadId, kind } = attempt;
  const asked = maybeSent ? "the town restarted before it knew what became of it" : "its host was not asked";
  const failure: Failure = {
    kind: "withdrawn",
    code: "withdrawn",
    message: `taken back: ${why}; ${asked}`,
    atMs: nowMs,
  };
  const isOutOfReach = settings.hosts === "external" || attempt.hostId !== null;
  const doubtMs = maybeSent && isOutOfReach ? settings.startDeadlineMs + leaseOf(attempt, settings) : 0;
  const deadAtMs = nowMs + doubtMs;
  guard(
    tx
      .update(attempts)
      .set({ state: maybeSent ? "released" : "stopped", endedAtMs: nowMs, leaseUntilMs: deadAtMs, failure })
      .where(and(eq(attempts.fence, fence), eq(attempts.state, "starting")))
      .returning({ fence: attempts.fence })
      .get(),
    "it is no claim any more",
  );
  tx.delete(effects).where(eq(effects.fence, fence)).run();
  if (maybeSent) settleSpending(tx, attempt, ctx);
  else refund(tx, attempt);
  ctx.ended?.(kind, "withdrawn");
  const keepsHook = maybeSent || wasHooked(tx, attempt);
  if (agentId !== null)
    tx.update(agents)
      .set({ status: "idle", fence: null, ...(!keepsHook && { beadId: null }) })
      .where(and(eq(agents.id, agentId), eq(agents.fence, fence)))
      .run();
  const opens = kind === "run" && !keepsHook;
  tx.update(beads)
    .set({
      updatedAtMs: nowMs,
      ...(opens && { status: "open", agentId: null }),
      ...(deadAtMs > nowMs && { notBeforeMs: deadAtMs }),
    })
    .where(and(eq(beads.id, beadId), eq(beads.fence, fence), inArray(beads.status, ["in_progress", "in_review"])))
    .run();
}

/** It never ran, so it has cost nothing of its day. */
function refund(tx: Tx, { fence, chargedMs, startedAtMs, rigId, beadId }: Attempt): void {
  if (chargedMs === 0) return;
  tx.update(spending)
    .set({ ms: sql`max(0, ${spending.ms} - ${chargedMs})` })
    .where(
      and(eq(spending.day, dayOf(startedAtMs)), inArray(spending.scope, ["town", `rig ${rigId}`, `bead ${beadId}`])),
    )
    .run();
  tx.update(attempts).set({ chargedMs: 0 }).where(eq(attempts.fence, fence)).run();
}

/** The last that came to anything at all. */
const before = prepared((tx) =>
  tx
    .select({ state: attempts.state, agentId: attempts.agentId })
    .from(attempts)
    .where(
      and(
        eq(attempts.beadId, slot<string>("beadId")),
        lt(attempts.fence, slot("fence")),
        sql`NOT (${attempts.state} = 'stopped' AND coalesce(${attempts.failure} ->> '$.kind', '') = 'withdrawn')`,
      ),
    )
    .orderBy(desc(attempts.fence))
    .limit(atMost(1))
    .prepare(),
);

/** Whether its agent held the bead before: then the try before it was taken back, and left the hook. */
export function wasHooked(tx: Tx, { beadId, fence, agentId }: Attempt): boolean {
  const last = before(tx).get({ beadId, fence });
  return last?.state === "released" && last.agentId === agentId;
}
