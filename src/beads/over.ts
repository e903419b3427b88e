/** How a bead comes to its end, and back: what waits for it, and its convoy, are told in the same step. */
import { and, eq, sql } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { theBead } from "../db/existing.ts";
import { agents, type Bead, beadDependencies, beads } from "../db/schema.ts";
import { prepared, slot } from "../db/statements.ts";
import type { StepContext } from "../db/step.ts";
import { quoted } from "../lib/text.ts";
import { memberCameBack, memberEnded } from "./convoys.ts";
import { note } from "./notes.ts";
import { partsChanged, tellParts } from "./waits.ts";

/** From this many returned landings on a bead is shown to people. */
export const MANY_REWORKS = 2;

/** It came back from landing again and again, and people read of it. One that is parked is told of as such. */
export const isReturned = ({ reworks, status }: Pick<Bead, "reworks" | "status">): boolean =>
  reworks >= MANY_REWORKS && (status === "open" || status === "in_progress" || status === "in_review");

export const untroubled = { dispatchFailures: 0, unpaidTries: 0, strikes: null, notBeforeMs: 0, lastFailure: null };

const close = prepared((tx) =>
  tx
    .update(beads)
    .set({
      status: "closed",
      agentId: null,
      head: slot<string>("head"),
      closedAs: slot<Bead["closedAs"]>("closedAs"),
      hold: null,
      blockedBy: slot("blockedBy"),
      closedAtMs: slot("closedAtMs"),
      ...untroubled,
      updatedAtMs: slot("nowMs"),
    })
    .where(eq(beads.id, slot<string>("id")))
    .returning()
    .prepare(),
);

/** What waited for it may go on. One that was closed already frees no bead a second time. */
export function closeBead(
  tx: Tx,
  bead: Bead,
  head: string | null,
  nowMs: number,
  closedAs: Bead["closedAs"] = null,
): Bead {
  const wasClosed = bead.status === "closed";
  const closedAtMs = wasClosed ? bead.closedAtMs : nowMs;
  const end = { id: bead.id, head, closedAs, blockedBy: withoutHold(bead), closedAtMs, nowMs };
  const closed = close(tx).get(end) as Bead;
  if (wasClosed) return closed;
  countForDependents(tx, bead.id, -1, nowMs);
  memberEnded(tx, closed, nowMs);
  familyTold(tx, closed, nowMs);
  return closed;
}

/** Its own parts, those who wait for its parent's, and an epic that was waiting for nothing else. */
function familyTold(tx: Tx, { id, parentId }: Bead, nowMs: number): void {
  tellParts(tx, id, nowMs);
  if (parentId === null) return;
  partsChanged(tx, parentId, nowMs);
  closeIfWhole(tx, parentId, nowMs);
}

/** An epic that is not held is over with the last of its parts. */
export function closeIfWhole(tx: Tx, id: string, nowMs: number): void {
  const epic = theBead(tx).get({ id });
  if (epic?.type !== "epic" || epic.status !== "open" || epic.hold) return;
  const isLeft = tx.get(
    sql`SELECT 1 FROM beads WHERE parent_id = ${id} AND status NOT IN ('closed', 'cancelled') LIMIT 1`,
  );
  const isWhole = !isLeft && tx.get(sql`SELECT 1 FROM beads WHERE parent_id = ${id} LIMIT 1`);
  if (!isWhole) return;
  note(tx, id, "edited", "closed with the last of its parts", nowMs);
  closeBead(tx, epic, null, nowMs);
}

/** It is cancelled. What waits for it goes on waiting: what it was to bring does not come. */
export function endCancelled(tx: Tx, bead: Bead, reason: string, ctx: StepContext): Bead {
  const { id } = bead;
  if (bead.agentId)
    tx.update(agents)
      .set({ beadId: null })
      .where(and(eq(agents.id, bead.agentId), eq(agents.beadId, id)))
      .run();
  note(tx, id, "cancelled", reason, ctx.nowMs);
  if (isReturned(bead) || bead.hold) ctx.news?.(`CANCELLED ${id}: ${quoted(reason)}`);
  const cancelled = tx
    .update(beads)
    .set({
      status: "cancelled",
      agentId: null,
      notBeforeMs: 0,
      hold: null,
      blockedBy: withoutHold(bead),
      closedAtMs: ctx.nowMs,
      updatedAtMs: ctx.nowMs,
    })
    .where(eq(beads.id, id))
    .returning()
    .get();
  memberEnded(tx, cancelled, ctx.nowMs);
  familyTold(tx, cancelled, ctx.nowMs);
  return cancelled;
}

const withoutHold = ({ blockedBy, hold }: Bead): number => blockedBy - (hold ? 1 : 0);

/** Over, and open again with its budgets whole. What waited for a closed one waits again; what has begun since goes on. */
export function reviveBead(tx: Tx, bead: Bead, notBeforeMs: number, nowMs: number): Bead {
  const revived = tx
    .update(beads)
    .set({
      status: "open",
      closedAtMs: null,
      closedAs: null,
      failures: 0,
      reworks: 0,
      dispatchFailures: 0,
      unpaidTries: 0,
      strikes: null,
      notBeforeMs: notBeforeMs > nowMs ? notBeforeMs : 0,
      updatedAtMs: nowMs,
    })
    .where(eq(beads.id, bead.id))
    .returning()
    .get();
  // When it is open again: some of them are counted anew.
  if (bead.status === "closed") countForDependents(tx, bead.id, 1, nowMs);
  memberCameBack(tx, revived, nowMs);
  tellParts(tx, bead.id, nowMs);
  if (revived.parentId !== null) cameBack(tx, revived.parentId, nowMs);
  return revived;
}

/** A part is open again: so is its epic. */
function cameBack(tx: Tx, parentId: string, nowMs: number): void {
  partsChanged(tx, parentId, nowMs);
  const parent = theBead(tx).get({ id: parentId });
  if (parent?.type !== "epic" || parent.status !== "closed") return;
  note(tx, parentId, "reopened", "one of its parts is open again", nowMs);
  reviveBead(tx, parent, 0, nowMs);
}

const dependentsOf = prepared((tx) =>
  tx
    .select({ id: beadDependencies.beadId })
    .from(beadDependencies)
    .where(and(eq(beadDependencies.blockerId, slot<string>("id")), sql`${beadDependencies.type} = 'blocks'`))
    .prepare(),
);

const countBlockers = prepared((tx) =>
  tx
    .update(beads)
    .set({ blockedBy: sql`${beads.blockedBy} + ${slot("by")}`, updatedAtMs: slot("nowMs") })
    .where(eq(beads.id, slot<string>("id")))
    .prepare(),
);

/** Counted for every dependent in every state: so the count is true when it is asked for. */
function countForDependents(tx: Tx, blockerId: string, by: 1 | -1, nowMs: number): void {
  const dependents = dependentsOf(tx).all({ id: blockerId });
  for (const { id } of dependents) countBlockers(tx).run({ id, by, nowMs });
  // Only then: a part of one may be another, and is counted anew.
  for (const { id } of dependents) tellParts(tx, id, nowMs);
}
