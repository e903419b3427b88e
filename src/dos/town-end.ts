/**
 * How a town ends: not while anything of it may still run. Its rows stay for a while, so that it can be had back, and nothing of it
 * wakes but to forget them.
 */
import { and, eq, gt, isNull, or } from "drizzle-orm";
import type { Once } from "../commands/define.ts";
import type { Tx } from "../db/client.ts";
import { attempts, hosts } from "../db/schema.ts";
import { changeTown } from "../db/town-row.ts";
import { iso } from "../lib/time.ts";
import { townNow } from "../queries/read-town.ts";
import { Answers, keepAnswer } from "./answers.ts";
import { systemClock } from "./ports.ts";
import { noSuchTown, type Result, refused } from "./result.ts";

/** A week: by then whoever misses it has missed it. */
export const KEPT_MS = 7 * 86_400_000;

export interface Removed {
  name: string;
  atMs: number;
}

export const keptUntilMs = ({ atMs }: Pick<Removed, "atMs">): number => atMs + KEPT_MS;

const wayBack = (removed: Removed): string =>
  `It can be had back until ${iso(keptUntilMs(removed))}: POST /v1/towns/${removed.name}/restore.`;

/** Null: there is no such town. */
export const townGone = (removed: Removed | null) =>
  removed === null
    ? noSuchTown()
    : refused(410, "town_removed", `Town ${removed.name} was removed at ${iso(removed.atMs)}.`, wayBack(removed));

export const notRemoved = () =>
  refused(409, "town_exists", "This town is there.", "Only one that was removed can be had back.");

export const nameTaken = (removed: Removed) =>
  refused(
    409,
    "town_removed",
    `There was a town ${removed.name}, which was removed at ${iso(removed.atMs)}.`,
    `${wayBack(removed)} Or let it go for good, and make another: DELETE /v1/towns/${removed.name}?forever=true.`,
  );

/** The answer is out by then, and what an incarnation remembers of rows and of its alarm may end with it. */
export const ANSWERED_MS = 50;

/** Why the object is aborted then: the platform tells it to whoever waits for an answer. */
export const REMOVED = "the town was removed";

/** Whether an answer was lost because its town ended just then. */
export const wasRemoved = (error: unknown): boolean => error instanceof Error && error.message === REMOVED;

/**
 * It is a town again, unless that was answered before by the same key: what came with a key comes once, or is another request's.
 * Nothing is awaited in between, so the answer is kept with what it tells of.
 */
export function bringBack(tx: Tx, once: Once | undefined): { isNow: boolean; answer: Result<unknown> } {
  const kept = once ? new Answers(tx).kept(once, systemClock.now()) : null;
  if (kept) return { isNow: false, answer: kept };
  changeTown(tx, { removedAtMs: null });
  const value = townNow(tx);
  if (once) keepAnswer(tx, once, value, systemClock.now());
  return { isNow: true, answer: { ok: true, value } };
}

/** Names enough of what stands in the way. */
const NAMED = 5;

/** Null: nothing of it runs any more, for certain. */
export function whatKeeps(tx: Tx, nowMs: number): Result<never> | null {
  const maybeAlive = or(
    isNull(attempts.endedAtMs),
    and(eq(attempts.state, "released"), gt(attempts.leaseUntilMs, nowMs)),
  );
  const alive = tx.select({ fence: attempts.fence }).from(attempts).where(maybeAlive).limit(NAMED).all();
  if (alive.length === 0) return null;
  const fences = alive.map(({ fence }) => fence).join(", ");
  const more = alive.length === NAMED ? " and perhaps others" : "";
  return refused(
    409,
    "in_use",
    `Of this town ${alive.length === 1 ? "fence" : "fences"} ${fences}${more} may still run.`,
    'Let it take no new runs, and wait until these are over: PATCH …/{town} {"draining":true}.',
  );
}

export const hostsOf = (tx: Tx): string[] =>
  tx
    .select({ id: hosts.id })
    .from(hosts)
    .all()
    .map(({ id }) => id);
