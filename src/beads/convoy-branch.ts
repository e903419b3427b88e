/** Convoys whose members land on a branch of their own: one rig, one branch, and one landing of all of it at the end. */
import { and, eq, sql } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { theRig } from "../db/existing.ts";
import { type Bead, beads, type Convoy, convoys } from "../db/schema.ts";
import { refusal } from "../lib/guard.ts";
import { createBeads } from "./create.ts";
import { note } from "./notes.ts";

/** @throws Refusal 409 or 422 */
export function refuseBranch(tx: Tx, branch: string, members: readonly { rig: string }[]): void {
  const rigs = [...new Set(members.map(({ rig }) => rig))];
  refuseManyRigs(branch, rigs);
  if (theRig(tx).get({ id: rigs[0] ?? "" })?.defaultBranch === branch)
    throw refusal(
      422,
      "branch_is_default",
      `${branch} is the default branch of ${rigs[0]}.`,
      "Leave `branch` out to land each member there, or choose another name.",
    );
  const other = tx
    .select({ id: convoys.id })
    .from(convoys)
    .where(and(eq(convoys.branch, branch), sql`${convoys.state} IN ('held', 'running')`))
    .get();
  if (other)
    throw refusal(409, "branch_taken", `Convoy ${other.id} lands on ${branch} already.`, "Choose another branch.");
}

/** @throws Refusal 422 */
export function refuseManyRigs(branch: string, rigs: readonly string[]): void {
  if (rigs.length > 1)
    throw refusal(
      422,
      "many_rigs",
      `The members are of ${rigs.join(", ")}, and ${branch} is a branch of one rig.`,
      "Make a convoy for each rig, or leave `branch` out.",
    );
}

/** A member has landed on its convoy's branch. */
export function broughtToBranch(tx: Tx, { convoyId, landsOn }: Bead, head: string): void {
  if (convoyId === null || landsOn === null) return;
  tx.update(convoys)
    .set({ head })
    .where(and(eq(convoys.id, convoyId), eq(convoys.branch, landsOn)))
    .run();
}

/**
 * All members are over: what they brought to their branch lands at once, as a bead of its own that is in review from the
 * first. It can fail as any landing can, and one that comes back is work like any other. While the convoy is held
 * it waits.
 *
 * @returns false if there is nothing to land
 */
export function landBranch(tx: Tx, convoy: Convoy, nowMs: number): boolean {
  const { id, title, branch, head, state } = convoy;
  if (branch === null || head === null) return false;
  if (state === "held") return true;
  tx.update(convoys).set({ head: null }).where(eq(convoys.id, id)).run();
  const members = tx
    .select({ id: beads.id, rig: beads.rigId, priority: beads.priority, status: beads.status })
    .from(beads)
    .where(and(eq(beads.convoyId, id), eq(beads.landsOn, branch)))
    .orderBy(beads.priority, beads.seq)
    .all();
  const [first] = members;
  if (!first) return false; // the bead that brought it has left
  const brought = members.filter(({ status }) => status === "closed");
  const [landing] = createBeads(
    tx,
    [
      {
        rig: first.rig,
        priority: first.priority,
        title: `Land ${title}`.slice(0, 200),
        body: `Everything of convoy ${id} is on the branch origin/${branch}. Merge that branch into yours, settle what conflicts, and commit. Change nothing else.`,
        acceptance: "",
        type: "review",
        labels: [],
        metadata: {},
        touches: [],
        dependsOn: brought.map((bead) => ({ on: bead.id, type: "blocks" })),
        past: { status: "in_review", branch, head },
      },
    ],
    nowMs,
    { id, isHeld: false, landsOn: null },
  );
  if (landing) note(tx, landing.id, "convoy", `lands ${branch} of ${id}`, nowMs);
  return true;
}
