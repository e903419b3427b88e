import { eq } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { existingRig } from "../db/existing.ts";
import { countPause } from "../db/pause.ts";
import { keepRemoved } from "../db/removals.ts";
import { agents, beads, importedLines, type Rig, rigs } from "../db/schema.ts";
import { changeTown, readTown } from "../db/town-row.ts";
import { refusal } from "../lib/guard.ts";
import { slug } from "../protocol/common.ts";
import { rigSchema, rigView } from "../views/rig.ts";
import { defineCommand } from "./define.ts";

/** Its repository is not touched. */
export const removeRigCommand = defineCommand({
  name: "remove-rig",
  type: "rig_removed",
  method: "DELETE",
  path: "/rigs/{rig}",
  scope: "rigs:write",
  summary:
    "Removes a rig that has no agents and no beads; its repository is not touched. It can be had back for as long as the town keeps what is over.",
  params: { rig: slug },
  output: rigSchema,
  apply(tx, { rig: id }, ctx): Rig {
    const rig = existingRig(tx, id);
    refuseUsed(tx, id);
    countPause(tx, `rig ${id}`, { before: rig.paused, after: null }, ctx.news);
    keepRemoved(tx, { kind: "rig", name: id, row: rig }, ctx);
    if (rig.landingTrouble || rig.pushTrouble) changeTown(tx, { rigTroubles: readTown(tx).rigTroubles - 1 });
    tx.delete(importedLines).where(eq(importedLines.rigId, id)).run();
    tx.delete(rigs).where(eq(rigs.id, id)).run();
    return rig;
  },
  answer: rigView,
});

/** @throws Refusal 409 */
function refuseUsed(tx: Tx, id: string): void {
  const agent = tx.select({ id: agents.id }).from(agents).where(eq(agents.rigId, id)).limit(1).get();
  if (agent) throw refusal(409, "in_use", `Rig ${id} has agents, such as ${agent.id}.`, "Remove its agents first.");
  const bead = tx.select({ id: beads.id }).from(beads).where(eq(beads.rigId, id)).limit(1).get();
  if (bead)
    throw refusal(
      409,
      "in_use",
      `Rig ${id} has beads, such as ${bead.id}.`,
      "Close or cancel them: they go when the town keeps them no longer, by its setting `retention`.",
    );
}
