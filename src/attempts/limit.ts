/** Attempts that last longer than their host was told to let them: the town ends them itself, also where their reports go on. */
import { and, eq, sql } from "drizzle-orm";
import { remark } from "../beads/notes.ts";
import type { Tx } from "../db/client.ts";
import { theBead } from "../db/existing.ts";
import { type Attempt, attempts, beads } from "../db/schema.ts";
import { atMost, prepared, slot } from "../db/statements.ts";
import { isLive, type StepContext } from "../db/step.ts";
import { guard } from "../lib/guard.ts";
import type { Settings } from "../lib/settings.ts";
import { spanText } from "../lib/stall.ts";
import { chargeBead } from "./end.ts";
import { LANDING_LIMITS, type LiveAttempts, limitReached } from "./live.ts";
import { type Cause, retryWaitMs } from "./policy.ts";
import { troubleRig } from "./rig-trouble.ts";
import { stopAttemptOf } from "./stop.ts";
import { leaseOf } from "./terms.ts";

/** In failures, and in what waits for a person. */
export const PAST_LIMIT = "past_limit";

/** How many one round handles: what is left is the next round's. */
const BATCH = 50;

/** When the first of what runs is past its limit for certain. */
export const pastLimitAtMs = ({ limitMs }: LiveAttempts, { limitMarginMs }: Settings): number | null =>
  limitMs === null ? null : limitMs + limitMarginMs;

/** What is past its lease as well is lost. */
const overdue = prepared((tx) =>
  tx
    .select({ fence: attempts.fence })
    .from(attempts)
    .where(
      and(
        isLive,
        sql`${attempts.state} = 'running' AND ${attempts.leaseUntilMs} > ${slot("nowMs")} AND ${limitReached} <= ${slot("limitMs")}`,
      ),
    )
    .orderBy(attempts.fence)
    .limit(atMost(BATCH))
    .prepare(),
);

/** @param live where nothing has lasted for too long, nothing else is read */
export function attemptsPastLimit(tx: Tx, nowMs: number, settings: Settings, live: LiveAttempts): { fence: number }[] {
  const atMs = pastLimitAtMs(live, settings);
  if (atMs === null || atMs > nowMs) return [];
  return overdue(tx).all({ nowMs, limitMs: nowMs - settings.limitMarginMs });
}

/** The same of one attempt: what is said by what is past its limit counts no more, or a landing might push in the pass that ends it. */
export function isPastLimit({ kind, acceptedAtMs, limitMs }: Attempt, { nowMs, settings }: StepContext): boolean {
  if (acceptedAtMs === null || limitMs === null) return false;
  return acceptedAtMs + limitMs * (kind === "landing" ? LANDING_LIMITS : 1) + settings.limitMarginMs <= nowMs;
}

const running = prepared((tx) =>
  tx
    .select()
    .from(attempts)
    .where(
      and(
        eq(attempts.fence, slot("fence")),
        sql`${attempts.state} = 'running' AND ${limitReached} <= ${slot("limitMs")}`,
      ),
    )
    .prepare(),
);

/**
 * A run is called off like any other, and has cost its bead what a run costs that its host ends at its limit. A landing holds no
 * agent and asks before it pushes, so fencing ends it: its rig lands again, and the work, which is at no fault, waits to be landed.
 * @throws Stale if it has ended
 */
export function stopPastLimit(tx: Tx, fence: number, ctx: StepContext): void {
  const { nowMs, settings } = ctx;
  const found = running(tx).get({ fence, limitMs: nowMs - settings.limitMarginMs });
  const attempt = guard(found as Attempt | undefined, "it has ended");
  const { kind, beadId, acceptedAtMs, limitMs } = attempt;
  const lasted = spanText(nowMs - (acceptedAtMs ?? nowMs));
  const what = kind === "run" ? "the run" : "the landing";
  const message = `${what} has lasted ${lasted}, may take ${spanText(limitMs ?? 0)}, and was not ended by its host: the town stopped it`;
  const cause: Cause = { kind: kind === "run" ? "agent_failed" : "timed_out", code: PAST_LIMIT, message };
  guard(stopAttemptOf(tx, beadId, ctx) ?? undefined, "it is over");
  tx.update(attempts)
    .set({ failure: { ...cause, atMs: nowMs } })
    .where(eq(attempts.fence, fence))
    .run();
  ctx.moreToPlan?.();
  ctx.news?.(`STOPPED fence ${fence} of ${beadId}: ${message}`);
  if (kind === "run") {
    remark(tx, beadId, "agent_failed", message, ctx);
    chargeBead(tx, attempt, cause, ctx);
  } else landAgainLater(tx, attempt, cause, ctx);
}

/** Not before its host has heard that it is fenced, or has ended it with its lease: another host may be the next to land it. */
function landAgainLater(tx: Tx, attempt: Attempt, cause: Cause, ctx: StepContext): void {
  const { beadId, fence } = attempt;
  const { nowMs, settings } = ctx;
  const bead = guard(theBead(tx).get({ id: beadId }), "the bead is gone");
  const failures = bead.dispatchFailures + 1;
  const lastFailure = { ...cause, atMs: nowMs };
  troubleRig(tx, attempt, lastFailure, ctx);
  tx.update(beads)
    .set({
      dispatchFailures: failures,
      notBeforeMs: nowMs + Math.max(retryWaitMs(failures, undefined, ctx), leaseOf(attempt, settings)),
      lastFailure,
      updatedAtMs: nowMs,
    })
    .where(and(eq(beads.id, beadId), eq(beads.fence, fence)))
    .run();
  remark(tx, beadId, "stopped", cause.message, ctx);
}
