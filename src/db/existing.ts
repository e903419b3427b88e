/** What a command names must exist, and still be what it was when the command was given. */
import { eq } from "drizzle-orm";
import { refusal } from "../lib/guard.ts";
import type { Tx } from "./client.ts";
import { type Agent, agents, type Bead, beads, type Rig, rigs } from "./schema.ts";
import { prepared, slot } from "./statements.ts";
import { readTown } from "./town-row.ts";

/** By its `id`, or undefined. */
export const theBead = prepared((tx) =>
  tx
    .select()
    .from(beads)
    .where(eq(beads.id, slot<string>("id")))
    .prepare(),
);

export const theAgent = prepared((tx) =>
  tx
    .select()
    .from(agents)
    .where(eq(agents.id, slot<string>("id")))
    .prepare(),
);

export const theRig = prepared((tx) =>
  tx
    .select()
    .from(rigs)
    .where(eq(rigs.id, slot<string>("id")))
    .prepare(),
);

/**
 * @param last the number of the last bead there is; left out: the town's
 * @throws Refusal 404; 410 when it was there once
 */
export function existingBead(tx: Tx, id: string, last?: number): Bead {
  const bead = theBead(tx).get({ id });
  if (bead) return bead;
  if (!wasPruned(tx, id, last))
    throw refusal(404, "bead_not_found", `There is no bead ${id}.`, "GET …/beads lists them.");
  throw refusal(410, "bead_pruned", `Bead ${id} was over for longer than this town keeps beads, and is gone.`, EXPORTS);
}

const EXPORTS = "The town's `retention` says how long they are kept; what was exported in time has it.";

/** Numbers are given once, and every one of them was a bead: one that no bead has by now is of a bead that has gone. */
export function wasPruned(tx: Tx, id: string, last = readTown(tx).lastBead): boolean {
  const [, rig, seq] = /^(.+)-([1-9]\d{0,14})$/.exec(id) ?? [];
  if (rig === undefined || !theRig(tx).get({ id: rig }) || Number(seq) > last) return false;
  return (
    tx
      .select({ id: beads.id })
      .from(beads)
      .where(eq(beads.seq, Number(seq)))
      .get() === undefined
  );
}

/** @throws Refusal 404 */
export function existingAgent(tx: Tx, id: string): Agent {
  const agent = theAgent(tx).get({ id });
  if (agent) return agent;
  throw refusal(404, "agent_not_found", `There is no agent ${id}.`, "GET …/agents lists them.");
}

/** @throws Refusal 404 */
export function existingRig(tx: Tx, id: string): Rig {
  const rig = theRig(tx).get({ id });
  if (rig) return rig;
  throw refusal(404, "rig_not_found", `There is no rig ${id}.`, "GET …/rigs lists them.");
}

/** What is over stays readable when its rig is taken out, and begins again only where that is there. @throws Refusal 422 */
export function refuseRigless(tx: Tx, { id, rigId }: Pick<Bead, "id" | "rigId">): void {
  if (theRig(tx).get({ id: rigId })) return;
  throw refusal(
    422,
    "rig_unknown",
    `Bead ${id} is of rig ${rigId}, which was removed.`,
    `Bring that back first: POST …/rigs/${rigId}/restore.`,
  );
}

/** A command that names a fence never hits what came after it. @throws Refusal 409 */
export function refuseOtherFence(what: string, now: number | null, asked: number | undefined): void {
  if (asked === undefined || asked === now) return;
  const hint = "Look again; leave `fence` out to act on what runs.";
  throw refusal(409, "fence_passed", `${what} is at fence ${now ?? "none"}, not ${asked}.`, hint);
}
