import { and, eq, gt, isNull, notInArray, or } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { existingRig } from "../db/existing.ts";
import { countPause } from "../db/pause.ts";
import { keepRemoved } from "../db/removals.ts";
import { agents, attempts, beads, importedLines, type Rig, rigs } from "../db/schema.ts";
import { changeTown, readTown } from "../db/town-row.ts";
import { refusal } from "../lib/guard.ts";
import { statusWords } from "../lib/status-words.ts";
import { iso } from "../lib/time.ts";
import { slug } from "../protocol/common.ts";
import { rigSchema, rigView } from "../views/rig.ts";
import { defineCommand } from "./define.ts";

/** Its repository is not touched, and what its beads came to stays. */
export const removeRigCommand = defineCommand({
  name: "remove-rig",
  type: "rig_removed",
  method: "DELETE",
  path: "/rigs/{rig}",
  scope: "rigs:write",
  summary:
    "Removes a rig that has no agents, and whose beads are all over: their history stays. Its repository is not touched. It can be had back for as long as the town keeps what is over.",
  params: { rig: slug },
  output: rigSchema,
  apply(tx, { rig: id }, ctx): Rig {
    const rig = existingRig(tx, id);
    refuseUsed(tx, id, ctx.nowMs);
    countPause(tx, `rig ${id}`, { before: rig.paused, after: null }, ctx.news);
    keepRemoved(tx, { kind: "rig", name: id, row: rig }, ctx);
    if (rig.landingTrouble || rig.pushTrouble) changeTown(tx, { rigTroubles: readTown(tx).rigTroubles - 1 });
    // What was imported beside its beads goes with them, or stays with them.
    if (!tx.select({ id: beads.id }).from(beads).where(eq(beads.rigId, id)).limit(1).get())
      tx.delete(importedLines).where(eq(importedLines.rigId, id)).run();
    tx.delete(rigs).where(eq(rigs.id, id)).run();
    return rig;
  },
  answer: rigView,
});

/** @throws Refusal 409 */
function refuseUsed(tx: Tx, id: string, nowMs: number): void {
  const agent = tx.select({ id: agents.id }).from(agents).where(eq(agents.rigId, id)).limit(1).get();
  if (agent) throw refusal(409, "in_use", `Rig ${id} has agents, such as ${agent.id}.`, "Remove its agents first.");
  const bead = tx
    .select({ id: beads.id, status: beads.status })
    .from(beads)
    .where(and(eq(beads.rigId, id), notInArray(beads.status, ["closed", "cancelled"])))
    .limit(1)
    .get();
  if (bead)
    throw refusal(
      409,
      "in_use",
      `Rig ${id} has beads that are not over: ${bead.id} is ${statusWords(bead.status)}.`,
      `Close or cancel them first, and see them by GET …/beads?rig=${id}; meanwhile a pause keeps it from work.`,
    );
  refuseAlive(tx, id, nowMs);
}

/** What was cancelled or given back may run on for a while, and is heard of yet. @throws Refusal 409 */
function refuseAlive(tx: Tx, id: string, nowMs: number): void {
  const alive = tx
    .select({
      fence: attempts.fence,
      beadId: attempts.beadId,
      endedAtMs: attempts.endedAtMs,
      untilMs: attempts.leaseUntilMs,
    })
    .from(attempts)
    .where(
      and(
        eq(attempts.rigId, id),
        or(isNull(attempts.endedAtMs), and(eq(attempts.state, "released"), gt(attempts.leaseUntilMs, nowMs))),
      ),
    )
    .limit(1)
    .get();
  if (!alive) return;
  const { fence, beadId, endedAtMs, untilMs } = alive;
  throw refusal(
    409,
    "in_use",
    `Fence ${fence} of bead ${beadId} ${endedAtMs === null ? "is being stopped" : "may still run"}.`,
    `Remove the rig when it has ended; it is dead for certain at ${iso(untilMs)}, unless its host is heard of until then.`,
  );
}
