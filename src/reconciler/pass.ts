import type { StepContext } from "../db/attempts/context.ts";
import type { Tx } from "../db/client.ts";
import { prepared, slot } from "../db/prepared.ts";
import { town } from "../db/schema.ts";
import { readTown } from "../db/town.ts";
import { backoffMs } from "../lib/backoff.ts";
import { applyPlan } from "./apply.ts";
import { followClock } from "./clock.ts";
import { claimEffects, type Launch, reviveOrphans, type Settled, settleEffect } from "./effects.ts";
import { type Fact, ingest, type Outcome } from "./ingest.ts";
import {
  ERROR_BACKOFF_BASE_MS,
  ERROR_BACKOFF_CAP_MS,
  IDLE_WAKE_MS,
  MAX_EFFECTS_IN_FLIGHT,
  MAX_ROUNDS,
  MAX_SLEEP_MS,
  MIN_WAKE_MS,
} from "./limits.ts";
import { loadSnapshot } from "./load.ts";
import { planTown } from "./plan.ts";
import { nextWake } from "./wake.ts";

export interface PassInput {
  facts: readonly Fact[];
  /** Whether a fact that throws is written down (true) or its bringer told (false). */
  kept: boolean;
  nowMs: number;
  random: () => number;
  /** Effects that run now, in this incarnation. */
  running: ReadonlySet<number>;
  /** The first pass of this incarnation. */
  first: boolean;
  /** The effect whose outcome brought this pass about. */
  settled: Settled | null;
}

export interface PassResult {
  outcomes: Outcome[];
  launches: Launch[];
  /** When the loop is needed next, never in the past; null: nothing is due. */
  wakeAtMs: number | null;
}

/** Observe, plan, apply: the body of the one transaction. Everything it decides is in rows when it returns. */
export function runPass(tx: Tx, { facts, kept, nowMs, random, running, first, settled }: PassInput): PassResult {
  const before = readTown(tx);
  const ctx: StepContext = { nowMs, random, settings: before.settings };
  followClock(tx, before, nowMs);
  if (first) reviveOrphans(tx, nowMs);
  if (settled) settleEffect(tx, settled.id, settled.settlement, ctx);
  const { outcomes, counts, more } = ingest(tx, facts, kept, ctx);
  const { errors, applied, unfinished, launches } = planAndClaim(tx, ctx, running);

  const errorStreak = errors.length > 0 ? before.errorStreak + 1 : 0;
  const due = more || unfinished ? nowMs : nextWake(tx, ctx);
  const progressed = settled !== null || applied + counts.applied + counts.discarded + launches.length > 0;
  const wakeAtMs = errorStreak > 0 ? errorWake(due, nowMs, errorStreak, random) : soonest(due, nowMs, progressed);
  recordPass(tx).run({
    startedAtMs: nowMs,
    // A pass that launches nothing is a whole tick; one that does completes when its effects have.
    completedAtMs: launches.length === 0 ? nowMs : before.pollCompletedAtMs,
    ticks: before.ticks + 1,
    errorStreak,
    lastError: errors.length > 0 ? errors.join("; ") : before.lastError,
    wakeAtMs,
    received: before.eventsReceived + counts.received,
    applied: before.eventsApplied + counts.applied,
    discarded: before.eventsDiscarded + counts.discarded,
  });
  return { outcomes, launches, wakeAtMs };
}

const recordPass = prepared((tx) =>
  tx
    .update(town)
    .set({
      pollStartedAtMs: slot("startedAtMs"),
      clockMs: slot("startedAtMs"),
      pollCompletedAtMs: slot("completedAtMs"),
      ticks: slot("ticks"),
      errorStreak: slot("errorStreak"),
      lastError: slot<string>("lastError"),
      nextWakeAtMs: slot("wakeAtMs"),
      eventsReceived: slot("received"),
      eventsApplied: slot("applied"),
      eventsDiscarded: slot("discarded"),
    })
    .prepare(),
);

type Planned = ReturnType<typeof converge> & { launches: Launch[] };

/** Plans, then claims what is due; what could not be claimed was rolled back, so that is planned for once more. */
function planAndClaim(tx: Tx, ctx: StepContext, running: ReadonlySet<number>): Planned {
  const slots = MAX_EFFECTS_IN_FLIGHT - running.size;
  const first = converge(tx, ctx);
  const { launches, rolledBack } = claimEffects(tx, slots, running, ctx);
  if (!rolledBack) return { ...first, launches };
  const second = converge(tx, ctx);
  return {
    errors: [...first.errors, ...second.errors],
    applied: first.applied + second.applied + 1,
    unfinished: second.unfinished,
    launches: [...launches, ...claimEffects(tx, slots - launches.length, running, ctx).launches],
  };
}

/** Plans and applies until nothing is planned: what one action frees, the next round can use. */
function converge(tx: Tx, ctx: StepContext): { errors: string[]; applied: number; unfinished: boolean } {
  const errors: string[] = [];
  let applied = 0;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const plan = planTown(loadSnapshot(tx, ctx));
    if (plan.length === 0) return { errors, applied, unfinished: false };
    const result = applyPlan(tx, plan, ctx);
    errors.push(...result.errors);
    applied += result.applied.length;
    // Only stale or failing actions are left: planning them again now would say the same.
    if (result.applied.length === 0) return { errors, applied, unfinished: false };
  }
  return { errors, applied, unfinished: true };
}

/** Never in the past, and never in a hot loop: a pass that says "now" and does nothing waits. */
function soonest(due: number | null, nowMs: number, progressed: boolean): number | null {
  if (due === null) return null;
  const soonestMs = nowMs + (due > nowMs || progressed ? MIN_WAKE_MS : IDLE_WAKE_MS);
  return Math.min(Math.max(due, soonestMs), nowMs + MAX_SLEEP_MS);
}

function errorWake(due: number | null, nowMs: number, streak: number, random: () => number): number {
  const retryAtMs = nowMs + backoffMs(streak, ERROR_BACKOFF_BASE_MS, ERROR_BACKOFF_CAP_MS, random());
  return due === null || due < retryAtMs ? retryAtMs : Math.min(due, nowMs + MAX_SLEEP_MS);
}
