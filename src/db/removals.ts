/** What an operator has taken out of the town, kept for as long as the town keeps what is over: it can be had back. */
import { and, desc, eq, lte, notInArray } from "drizzle-orm";
import { refusal } from "../lib/guard.ts";
import { keptMs } from "../lib/retention.ts";
import type { Tx } from "./client.ts";
import { type Removal, removals } from "./schema-audit.ts";
import type { StepContext } from "./step.ts";

/** The newest are kept, so that they stay few where the town keeps everything for ever. */
const MOST = 200;

/** The last of that name is the one that can be had back. */
export function keepRemoved(
  tx: Tx,
  { members = [], ...removed }: Pick<Removal, "kind" | "name" | "row"> & Partial<Pick<Removal, "members">>,
  ctx: StepContext,
): void {
  const row = { ...removed, members, atMs: ctx.nowMs };
  tx.insert(removals)
    .values(row)
    .onConflictDoUpdate({ target: [removals.kind, removals.name], set: row })
    .run();
  dropOldRemovals(tx, ctx);
  keepFew(tx);
}

/** @throws Refusal 404 */
export function takeRemoved(tx: Tx, kind: Removal["kind"], name: string, ctx: StepContext): Removal {
  const itself = and(eq(removals.kind, kind), eq(removals.name, name));
  const removed = tx.select().from(removals).where(itself).get();
  const untilMs = removed && keptUntilMs(removed, ctx);
  const isKept = removed && (untilMs == null || untilMs > ctx.nowMs) && removed.row.id === name;
  if (!isKept)
    throw refusal(
      404,
      "nothing_to_restore",
      `No ${kind} ${name} is kept.`,
      "GET …/removed lists what was removed and can be had back.",
    );
  tx.delete(removals).where(itself).run();
  return removed;
}

/** The newest first. */
export const listRemoved = (tx: Tx): Removal[] =>
  tx.select().from(removals).orderBy(desc(removals.atMs), removals.kind, removals.name).limit(MOST).all();

/** Null: for ever. */
export function keptUntilMs(
  { atMs }: Pick<Removal, "atMs">,
  { settings }: Pick<StepContext, "settings">,
): number | null {
  const kept = keptMs(settings.retention.days);
  return kept === null ? null : atMs + kept;
}

/** What is older than the town keeps. */
export function dropOldRemovals(tx: Tx, { nowMs, settings }: StepContext): void {
  const kept = keptMs(settings.retention.days);
  if (kept === null) return;
  tx.delete(removals)
    .where(lte(removals.atMs, nowMs - kept))
    .run();
}

function keepFew(tx: Tx): void {
  const newest = tx.select({ atMs: removals.atMs }).from(removals).orderBy(desc(removals.atMs)).limit(MOST);
  tx.delete(removals).where(notInArray(removals.atMs, newest)).run();
}
