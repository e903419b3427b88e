/** What becomes of a convoy as its members end, come back, join and leave. It is over exactly when all of them are. */

import { and, desc, eq, sql } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { type Bead, beadDependencies, beads, type Convoy, convoys } from "../db/schema.ts";
import { refusal } from "../lib/guard.ts";
import { statusWords } from "../lib/status-words.ts";
import { convoyClosed } from "../webhooks/announce.ts";
import { landBranch, refuseManyRigs } from "./convoy-branch.ts";
import { note } from "./notes.ts";
import { tellParts } from "./waits.ts";

/** So that what is asked of all of it stays short. */
const MAX_MEMBERS = 500;

/** @throws Refusal 404 */
export function existingConvoy(tx: Tx, id: string): Convoy {
  const convoy = tx.select().from(convoys).where(eq(convoys.id, id)).get();
  if (convoy) return convoy;
  throw refusal(404, "convoy_not_found", `There is no convoy ${id}.`, "GET …/convoys lists them.");
}

/** @throws Refusal 409 */
export function refuseIfConvoyOver({ id, state }: Convoy): void {
  if (state === "closed" || state === "cancelled")
    throw refusal(
      409,
      "convoy_over",
      `Convoy ${id} is ${state}.`,
      "Reopen or retry one of its members: that brings it back.",
    );
}

/** A new row comes after all there are, so the order of creation is the order of rows. */
export function addConvoy(tx: Tx, convoy: Omit<typeof convoys.$inferInsert, "seq">): Convoy {
  const last = tx.select({ seq: convoys.seq }).from(convoys).orderBy(desc(sql`rowid`)).limit(1).get();
  return tx
    .insert(convoys)
    .values({ ...convoy, seq: (last?.seq ?? 0) + 1 })
    .returning()
    .get();
}

export const membersOf = (tx: Tx, convoyId: string): Bead[] =>
  tx.select().from(beads).where(eq(beads.convoyId, convoyId)).orderBy(beads.seq).limit(MAX_MEMBERS).all();

/** Is there nothing more to come of it? A failed one may be retried, unless the convoy goes on without it. */
export const isOver = ({ status }: Pick<Bead, "status">, { onFailure }: Pick<Convoy, "onFailure">): boolean =>
  status === "closed" || status === "cancelled" || (status === "failed" && onFailure === "continue");

/** A member is closed, cancelled or failed. */
export function memberEnded(tx: Tx, bead: Bead, nowMs: number): void {
  if (bead.convoyId === null) return;
  const convoy = existingConvoy(tx, bead.convoyId);
  freeFellows(tx, convoy, bead, nowMs);
  closeIfAllOver(tx, convoy, nowMs);
}

/** What did not come is not waited for, where the convoy goes on: the dependency becomes a mere relation. */
function freeFellows(tx: Tx, { id: convoyId, onFailure, state }: Convoy, bead: Bead, nowMs: number): void {
  if (onFailure === "block" || state === "cancelled" || (bead.status !== "failed" && bead.status !== "cancelled"))
    return;
  const waiting = tx
    .select({ id: beads.id })
    .from(beadDependencies)
    .innerJoin(beads, eq(beads.id, beadDependencies.beadId))
    .where(
      and(eq(beadDependencies.blockerId, bead.id), eq(beadDependencies.type, "blocks"), eq(beads.convoyId, convoyId)),
    )
    .all();
  for (const { id } of waiting) {
    tx.update(beadDependencies)
      .set({ type: "related" })
      .where(and(eq(beadDependencies.beadId, id), eq(beadDependencies.blockerId, bead.id)))
      .run();
    tx.update(beads)
      .set({ blockedBy: sql`${beads.blockedBy} - 1`, updatedAtMs: nowMs })
      .where(eq(beads.id, id))
      .run();
    tellParts(tx, id, nowMs);
    note(
      tx,
      id,
      "convoy",
      `${bead.id} is ${statusWords(bead.status)}; convoy ${convoyId} goes on, so this waits for it no more`,
      nowMs,
    );
    note(tx, bead.id, "convoy", `convoy ${convoyId} goes on: ${id} waits for this no more`, nowMs);
  }
}

/** Asked after each change, in the same transaction. */
export function closeIfAllOver(tx: Tx, convoy: Convoy, nowMs: number): void {
  const { id, state, onFailure } = convoy;
  if (state === "closed" || state === "cancelled") return;
  const unfinished = tx
    .select({ id: beads.id })
    .from(beads)
    .where(
      and(
        eq(beads.convoyId, id),
        sql`${beads.status} NOT IN ('closed', 'cancelled')`,
        sql`NOT (${beads.status} = 'failed' AND ${onFailure} = 'continue')`,
      ),
    )
    .limit(1)
    .get();
  if (unfinished || landBranch(tx, convoy, nowMs)) return;
  if (state === "held") countForMembers(tx, id, -1, nowMs);
  tx.update(convoys).set({ state: "closed", closedAtMs: nowMs }).where(eq(convoys.id, id)).run();
  convoyClosed(tx, convoy, nowMs);
}

/** A member that was over is open again: so is its convoy. */
export function memberCameBack(tx: Tx, { id, convoyId }: Bead, nowMs: number): void {
  if (convoyId === null) return;
  const convoy = existingConvoy(tx, convoyId);
  if (convoy.state !== "closed" && convoy.state !== "cancelled") return;
  tx.update(convoys).set({ state: "running", closedAtMs: null }).where(eq(convoys.id, convoyId)).run();
  note(tx, id, "convoy", `convoy ${convoyId} was ${convoy.state} and runs again`, nowMs);
}

/** A held convoy is one more thing that each of its members waits for; what has begun goes on. */
export function countForMembers(tx: Tx, convoyId: string, by: 1 | -1, nowMs: number): void {
  tx.update(beads)
    .set({
      blockedBy: sql`${beads.blockedBy} + ${by}`,
      updatedAtMs: sql`CASE WHEN ${beads.closedAtMs} IS NULL THEN ${nowMs} ELSE ${beads.updatedAtMs} END`,
    })
    .where(eq(beads.convoyId, convoyId))
    .run();
}

/** @throws Refusal 409 if it belongs to a convoy already */
export function joinConvoy(tx: Tx, bead: Bead, { id, state, branch }: Convoy, nowMs: number): void {
  if (bead.convoyId !== null)
    throw refusal(
      409,
      "in_convoy",
      `Bead ${bead.id} belongs to convoy ${bead.convoyId} already.`,
      "Remove it there first.",
    );
  moved(tx, bead, { convoyId: id, landsOn: branch }, state === "held" ? 1 : 0, nowMs);
  note(tx, bead.id, "convoy", `joined ${id}`, nowMs);
}

/** @throws Refusal 409 if it does not belong to it */
export function leaveConvoy(tx: Tx, bead: Bead, { id, state }: Convoy, nowMs: number): void {
  if (bead.convoyId !== id)
    throw refusal(
      409,
      "not_in_convoy",
      `Bead ${bead.id} is no member of convoy ${id}.`,
      `GET …/convoys/${id} lists them.`,
    );
  if (bead.landsOn !== null && (bead.status === "in_progress" || bead.status === "in_review"))
    throw refusal(
      409,
      "on_branch",
      `Bead ${bead.id} has begun on ${bead.landsOn}, and would bring what is there to the default branch.`,
      "Wait until it is over, or cancel it.",
    );
  moved(tx, bead, { convoyId: null, landsOn: null }, state === "held" ? -1 : 0, nowMs);
  note(tx, bead.id, "convoy", `left ${id}`, nowMs);
}

/**
 * Beads have joined it or left it.
 * @throws Refusal 409 or 422 for what it may not be
 */
export function membersChanged(tx: Tx, convoy: Convoy, nowMs: number): Convoy {
  const { id, branch } = convoy;
  const members = tx
    .select()
    .from(beads)
    .where(eq(beads.convoyId, id))
    .orderBy(beads.seq)
    .limit(MAX_MEMBERS + 1)
    .all();
  if (branch !== null) refuseManyRigs(branch, [...new Set(members.map(({ rigId }) => rigId))]);
  if (members.length === 0)
    throw refusal(
      409,
      "convoy_empty",
      `Convoy ${id} would have no members.`,
      `Cancel it: POST …/convoys/${id}/cancel.`,
    );
  if (members.length > MAX_MEMBERS)
    throw refusal(409, "convoy_full", `Convoy ${id} would have too many members.`, `It holds ${MAX_MEMBERS} at most.`);
  for (const bead of members) freeFellows(tx, convoy, bead, nowMs);
  closeIfAllOver(tx, convoy, nowMs);
  return existingConvoy(tx, id);
}

const moved = (tx: Tx, bead: Bead, to: Pick<Bead, "convoyId" | "landsOn">, by: number, nowMs: number) =>
  tx
    .update(beads)
    .set({ ...to, blockedBy: sql`${beads.blockedBy} + ${by}`, updatedAtMs: nowMs })
    .where(eq(beads.id, bead.id))
    .run();
