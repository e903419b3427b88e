/** Silent agents, whose process lives and does nothing: since when, what comes next, and what was done about it. Guarded by the fence throughout. */
import { and, eq, lt, sql } from "drizzle-orm";
import { remark } from "../beads/notes.ts";
import type { Tx } from "../db/client.ts";
import { type Attempt, agents, attempts } from "../db/schema.ts";
import { atMost, prepared, slot } from "../db/statements.ts";
import { isLive, type StepContext } from "../db/step.ts";
import { guard } from "../lib/guard.ts";
import type { Settings } from "../lib/settings.ts";
import { ESCALATED, STOPPED, shortestWait, spanText, tierAfter, waitsJson } from "../lib/stall.ts";
import { chargeBead } from "./end.ts";
import { type LiveAttempts, silentSince as since } from "./live.ts";
import { newsOfSilence, stopAttemptOf } from "./stop.ts";
import { leaseOf } from "./terms.ts";

export interface SilentRun {
  agentId: string;
  role: string;
  fence: number;
  /** The tier that was reached already. */
  stall: number;
  /** When its agent last did something. */
  sinceMs: number;
}

/** When its next tier comes, or null. Live rows are few, and these expressions are read for nothing else. */
const tierAt = sql<number | null>`${since} + json_extract(
  coalesce((SELECT value FROM json_each(${slot("byRole")}) WHERE key = ${agents.role}), ${slot("usual")}),
  '$[' || ${attempts.stall} || ']')`;

/** What is past its lease is lost, not silent. Of those that were active lately only the one row is read. */
const runs = and(
  isLive,
  sql`${attempts.state} = 'running' AND ${attempts.leaseUntilMs} > ${slot("nowMs")} AND ${since} <= ${slot("silentSinceMs")}`,
);

/** How many one round handles: what is left is the next round's. */
const BATCH = 50;

const dueTiers = prepared((tx) =>
  tx
    .select({
      agentId: agents.id,
      role: agents.role,
      fence: attempts.fence,
      stall: attempts.stall,
      sinceMs: since,
    })
    .from(attempts)
    .innerJoin(agents, eq(agents.id, attempts.agentId))
    .where(and(runs, sql`${tierAt} <= ${slot("nowMs")}`))
    .orderBy(since, attempts.fence)
    .limit(atMost(BATCH))
    .prepare(),
);

/** @param live where no agent was silent for long, nothing else is read */
export function silentRuns(tx: Tx, nowMs: number, settings: Settings, { silentSinceMs }: LiveAttempts): SilentRun[] {
  const shortestMs = shortestWait(settings);
  if (shortestMs === null || silentSinceMs === null || silentSinceMs > nowMs - shortestMs) return [];
  return dueTiers(tx).all({ nowMs, silentSinceMs: nowMs - shortestMs, ...waitsJson(settings) });
}

const firstTier = prepared((tx) =>
  tx
    .select({ atMs: sql<number | null>`min(${tierAt})` })
    .from(attempts)
    .innerJoin(agents, eq(agents.id, attempts.agentId))
    .where(and(runs, sql`${tierAt} > ${slot("nowMs")}`))
    .prepare(),
);

/**
 * When the next tier of any run comes, if that is before `beforeMs`: mostly the next lease ends sooner. One that has come
 * and could not be answered is throttled, and has its own wake.
 */
export function nextTierAtMs(
  tx: Tx,
  nowMs: number,
  settings: Settings,
  live: LiveAttempts,
  beforeMs: number | null,
): number | null {
  const shortestMs = shortestWait(settings);
  if (shortestMs === null || live.silentSinceMs === null) return null;
  const silentSinceMs = (beforeMs ?? Number.MAX_SAFE_INTEGER) - shortestMs;
  if (live.silentSinceMs > silentSinceMs) return null;
  return firstTier(tx).get({ nowMs, silentSinceMs, ...waitsJson(settings) })?.atMs ?? null;
}

/**
 * What a sign of life says of the agent. It only ever moves on: a message that was long on its way knows less, not more.
 * Nor can it be told from how long two messages took that the agent did something: a tier falls back only when it was
 * active later than the slowest message could make it seem, and only to the one that its silence since then has earned.
 *
 * @param activeAtMs by the town's clock; null: not known
 */
export function whenActive(
  tx: Tx,
  attempt: Attempt,
  activeAtMs: number | null,
  ctx: StepContext,
): Pick<Attempt, "agentActiveAtMs" | "stall"> {
  const { nowMs, settings } = ctx;
  const { agentId, agentActiveAtMs, acceptedAtMs, stall } = attempt;
  if (activeAtMs === null) return { agentActiveAtMs, stall };
  const known = agentActiveAtMs ?? acceptedAtMs ?? nowMs;
  const before = known <= nowMs ? known : 0; // the clock has gone back since, while no pass ran
  const active = Math.max(before, Math.min(activeAtMs, nowMs));
  if (stall === 0 || agentId === null || active <= before + leaseOf(attempt, settings))
    return { agentActiveAtMs: active, stall };
  const role = tx.select({ role: agents.role }).from(agents).where(eq(agents.id, agentId)).get()?.role ?? "";
  const tier = Math.min(stall, tierAfter(settings, role, nowMs - active));
  if (stall >= ESCALATED && tier < ESCALATED) newsOfSilence(attempt, "it goes on", ctx);
  return { agentActiveAtMs: active, stall: tier };
}

/** @param tier reached now @throws Stale if the agent has moved since this was planned */
export function reachTier(tx: Tx, { fence, sinceMs }: { fence: number; sinceMs: number }, tier: number): Attempt {
  return guard(
    tx
      .update(attempts)
      .set({ stall: tier })
      .where(
        and(
          eq(attempts.fence, fence),
          eq(attempts.state, "running"),
          lt(attempts.stall, tier),
          sql`${since} = ${sinceMs}`,
        ),
      )
      .returning()
      .get(),
    "the agent was active again, or its run is over",
  );
}

/** Called off like any other run; what it did not do is its agent's fault, and its bead is tried again once it is gone. */
export function stopSilent(tx: Tx, run: { fence: number; sinceMs: number }, ctx: StepContext): void {
  const attempt = reachTier(tx, run, STOPPED);
  const silentMs = ctx.nowMs - run.sinceMs;
  const message = `the agent did nothing for ${spanText(silentMs)}, though its process lived, and was stopped`;
  const cause = { kind: "agent_failed" as const, code: "stalled", message };
  guard(stopAttemptOf(tx, attempt.beadId, ctx) ?? undefined, "the run is over");
  tx.update(attempts)
    .set({ failure: { ...cause, atMs: ctx.nowMs } })
    .where(eq(attempts.fence, attempt.fence))
    .run();
  remark(tx, attempt.beadId, "stalled", message, ctx);
  chargeBead(tx, attempt, cause, ctx);
}
