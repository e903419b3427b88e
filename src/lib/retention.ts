/** How long a town keeps what is over, and when it looks for what is older. Times here are pure: no rows, no clock. */
import { z } from "zod";
import { dayOf, earliest } from "./time.ts";

const DAY_MS = 86_400_000;

/** What was spent is kept for so many days: nothing is asked about those before. */
const SPENDING_DAYS = 7;
export const firstSpendingDay = (nowMs: number): number => dayOf(nowMs) - SPENDING_DAYS;

/** An hour at least: nothing that a host may yet say of a run is as old as that. */
const days = z
  .number()
  .min(1 / 24)
  .max(36_500)
  .nullable();

/** In days; null: for ever. */
export const retentionDays = z.strictObject({ days, logDays: days });
export type Retention = z.infer<typeof retentionDays>;

export const defaultRetention: Retention = {
  /** Closed and cancelled beads, with all that belongs to them. A quarter: what was decided in it is still asked for. */
  days: 90,
  /** What runs printed: by far the most of it, and of use as long as a person may look into it. The whole stays with the host. */
  logDays: 7,
};

/** How far one look may go beyond the oldest there is, in looks: so that a clock that jumps ahead takes a week along, not a year. */
const LOOKS_AHEAD = 7;

/** Between the steps of a look: what has just arrived goes first. */
const STEP_PAUSE_MS = 50;

/** How far it has come with one kind of thing. */
const reach = z.object({
  /** What was over before this may go. */
  untilMs: z.number(),
  /** Since when the oldest is over that was too young for the last look. Null: there was none. */
  oldestMs: z.number().nullable(),
});
type Reach = z.infer<typeof reach>;

const look = z.object({
  /** When its last step was. */
  steppedAtMs: z.number(),
  /** Where it goes on: with logs, or with the beads after this one. */
  at: z.union([z.literal("logs"), z.number()]),
  /** It has let something go, and since when the oldest is over that could not: it may be free now. */
  hasPruned: z.boolean(),
  boundMs: z.number().nullable(),
});

/** What the town knows of its own pruning. */
const pruning = z.object({
  /** When the last look ended. */
  lookedAtMs: z.number(),
  /** How many facts had been applied by then: as long as it is that many, nothing has come to its end since. */
  facts: z.number(),
  beads: reach,
  logs: reach,
  /** The look that is under way; null: none is. */
  look: look.nullable(),
  /** How many are gone; `throughMs` is when the newest of them was over. */
  gone: z.object({ beads: z.number(), attempts: z.number(), throughMs: z.number().nullable() }),
});
export type Pruning = z.infer<typeof pruning>;

/** How many beads there are: those that were made and are not gone. */
export const beadsThere = (town: Keeper): number => town.lastBead - pruningOf(town).gone.beads;

/** A record that can't be read is none: then the town begins again with the oldest. */
export const readPruning = (stored: unknown): Pruning | null => pruning.safeParse(stored).data ?? null;

/** What a town's row says of it. */
export interface Keeper {
  createdAtMs: number;
  lastBead: number;
  eventsApplied: number;
  /** Null: it has never looked. */
  pruning: Pruning | null;
}

/** For a town that has never looked: what it has is no older than itself. */
export const pruningOf = ({ pruning: known, createdAtMs }: Keeper): Pruning =>
  known ?? {
    lookedAtMs: createdAtMs,
    facts: 0,
    beads: { untilMs: createdAtMs, oldestMs: createdAtMs },
    logs: { untilMs: createdAtMs, oldestMs: createdAtMs },
    look: null,
    gone: { beads: 0, attempts: 0, throughMs: null },
  };

export const keptMs = (days: number | null): number | null => (days === null ? null : Math.round(days * DAY_MS));

/** A town looks once a day at most, at midnight (UTC); one that keeps things for less than a day, once in that time. */
function everyMs({ days, logDays }: Retention): number {
  return Math.min(DAY_MS, ...[days, logDays].flatMap((kept) => keptMs(kept) ?? []));
}

/**
 * When the town next looks for what is too old. Null: it keeps everything, or has nothing that will be.
 * @param facts how many were applied so far
 */
export function prunesAtMs(town: Keeper, retention: Retention, facts = town.eventsApplied): number | null {
  const { lookedAtMs, facts: known, beads, logs, look: begun, gone } = pruningOf(town);
  if (town.lastBead <= gone.beads) return null;
  const [beadsKeptMs, logsKeptMs] = [keptMs(retention.days), keptMs(retention.logDays)];
  if (beadsKeptMs === null && logsKeptMs === null) return null;
  if (begun) return begun.steppedAtMs + STEP_PAUSE_MS;
  // What has come to its end since the last look did so after it.
  const due = ({ oldestMs }: Reach, kept: number | null) =>
    kept === null ? null : sum(earliest(oldestMs, facts === known ? null : lookedAtMs), kept);
  const dueMs = earliest(due(beads, beadsKeptMs), due(logs, logsKeptMs));
  const step = everyMs(retention);
  return dueMs === null ? null : Math.ceil(Math.max(dueMs, lookedAtMs + 1) / step) * step;
}

const sum = (a: number | null, b: number): number | null => (a === null ? null : a + b);

/** How far a look that begins now may go. */
export function reachNow(
  { untilMs, oldestMs }: Reach,
  lookedAtMs: number,
  nowMs: number,
  kept: number,
  retention: Retention,
): number {
  const from = Math.max(untilMs, oldestMs ?? lookedAtMs);
  return Math.min(nowMs - kept, from + LOOKS_AHEAD * everyMs(retention));
}

/** The clock has gone back by so much, and the next look with it. */
export const pruningSetBack = (known: Pruning | null, byMs: number): Pruning | null =>
  known && {
    ...known,
    lookedAtMs: known.lookedAtMs - byMs,
    look: known.look && { ...known.look, steppedAtMs: known.look.steppedAtMs - byMs },
  };
