/**
 * Budgets by the day (UTC). Run time, for beads, rigs and the town: a run reserves before it starts, and may last as long
 * as that; when it is over it has cost what it took. Nothing is kept for what has no
 * budget. Runs that cost no run time are counted by the day as well.
 */
import { and, eq, inArray, lt, sql } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { type Attempt, attempts, type Bead, spending } from "../db/schema.ts";
import { prepared, slot } from "../db/statements.ts";
import type { StepContext } from "../db/step.ts";
import { Stale } from "../lib/guard.ts";
import { firstSpendingDay } from "../lib/retention.ts";
import type { Settings } from "../lib/settings.ts";
import { counted } from "../lib/text.ts";
import { dayOf } from "../lib/time.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

export const nextDayMs = (nowMs: number): number => (dayOf(nowMs) + 1) * DAY_MS;

export interface Scope {
  kind: "bead" | "rig" | "town";
  key: string;
  budgetMs: number;
}

/** What of this has a budget. */
export function scopesOf({ dayMinutes }: Settings, { beadId, rigId }: { beadId?: string; rigId: string }): Scope[] {
  const all: { kind: Scope["kind"]; key: string; minutes: number | undefined }[] = [
    { kind: "town", key: "town", minutes: dayMinutes.town },
    { kind: "rig", key: `rig ${rigId}`, minutes: dayMinutes.rig },
    ...(beadId === undefined ? [] : [{ kind: "bead" as const, key: `bead ${beadId}`, minutes: dayMinutes.bead }]),
  ];
  return all.flatMap(({ kind, key, minutes }) =>
    minutes === undefined ? [] : [{ kind, key, budgetMs: minutes * MINUTE_MS }],
  );
}

const spent = prepared((tx) =>
  tx
    .select({ ms: spending.ms })
    .from(spending)
    .where(and(eq(spending.day, slot("day")), eq(spending.scope, slot<string>("key"))))
    .prepare(),
);

const spentOf = (tx: Tx, key: string, day: number): number => spent(tx).get({ key, day })?.ms ?? 0;

/** A budget with less than a minute left: the first of them, with what was spent. */
export function spentUp(tx: Tx, scopes: readonly Scope[], nowMs: number): (Scope & { spentMs: number }) | null {
  for (const scope of scopes) {
    const spentMs = spentOf(tx, scope.key, dayOf(nowMs));
    if (scope.budgetMs - spentMs < MINUTE_MS) return { ...scope, spentMs };
  }
  return null;
}

/**
 * @returns how long the run may last; 0: as long as its agent allows, since nothing has a budget
 * @throws Stale when what came before it in the same pass has used a budget up
 */
export function reserve(tx: Tx, scopes: readonly Scope[], maxRunMs: number, nowMs: number): number {
  if (scopes.length === 0) return 0;
  const day = dayOf(nowMs);
  const left = Math.min(...scopes.map(({ key, budgetMs }) => budgetMs - spentOf(tx, key, day)));
  if (left < MINUTE_MS) throw new Stale("a budget of today is used up");
  const ms = Math.min(maxRunMs, left);
  tx.delete(spending)
    .where(lt(spending.day, firstSpendingDay(nowMs)))
    .run();
  for (const { key } of scopes)
    tx.insert(spending)
      .values({ day, scope: key, ms })
      .onConflictDoUpdate({ target: [spending.day, spending.scope], set: { ms: sql`${spending.ms} + ${ms}` } })
      .run();
  return ms;
}

/** The run is over, for now at least: it has cost what it took, on the day on which it began. */
export function settleSpending(tx: Tx, attempt: Attempt, { nowMs }: StepContext): void {
  if (attempt.chargedMs === 0) return;
  const tookMs = Math.max(1, nowMs - attempt.startedAtMs);
  tx.update(spending)
    .set({ ms: sql`max(0, ${spending.ms} + ${tookMs - attempt.chargedMs})` })
    .where(
      and(
        eq(spending.day, dayOf(attempt.startedAtMs)),
        inArray(spending.scope, ["town", `rig ${attempt.rigId}`, `bead ${attempt.beadId}`]),
      ),
    )
    .run();
  tx.update(attempts).set({ chargedMs: tookMs }).where(eq(attempts.fence, attempt.fence)).run();
}

/**
 * Runs that cost no budget: their provider's limit, a key that is not taken, a host that died under them. Each may cost money all
 * the same, so they are bounded by the day. A start that no host took is not counted, nor is a landing: they cost nothing,
 * and a host that is away for a night must not park all that waits for it.
 * @param uncertain it is not known whether the run began at all
 */
export function unpaidAfter(
  { unpaidTries, unpaidDay }: Bead,
  { kind, acceptedAtMs }: Attempt,
  uncertain: boolean,
  { nowMs }: StepContext,
): Pick<Bead, "unpaidTries" | "unpaidDay"> {
  if (kind === "landing" || acceptedAtMs === null || uncertain) return { unpaidTries, unpaidDay };
  const today = dayOf(nowMs);
  return { unpaidTries: (unpaidDay === today ? unpaidTries : 0) + 1, unpaidDay: today };
}

/** Why it is not tried any more; null: it is. */
export function isTriedOut(
  before: Bead,
  { unpaidTries }: Pick<Bead, "unpaidTries">,
  { settings: { unpaidTriesPerDay } }: StepContext,
): string | null {
  if (unpaidTriesPerDay === null || unpaidTries <= before.unpaidTries || unpaidTries < unpaidTriesPerDay) return null;
  return `${counted(unpaidTries, "run")} of this day came to nothing, by no fault of the work (unpaidTriesPerDay)`;
}
