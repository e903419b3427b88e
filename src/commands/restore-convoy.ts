import { and, eq, isNull } from "drizzle-orm";
import { readConvoy } from "../beads/convoy-reads.ts";
import { addConvoy, isOver } from "../beads/convoys.ts";
import type { Tx } from "../db/client.ts";
import { theBead } from "../db/existing.ts";
import { takeRemoved } from "../db/removals.ts";
import { beads, type Convoy, convoys } from "../db/schema.ts";
import { refusal } from "../lib/guard.ts";
import { slug } from "../protocol/common.ts";
import { convoyDetailView, convoySchema } from "../views/convoy.ts";
import { defineCommand } from "./define.ts";

/** As it was, with those of its members that are over still and of no other convoy: what goes on by itself goes on so. */
export const restoreConvoyCommand = defineCommand({
  name: "restore-convoy",
  type: "convoy_restored",
  method: "POST",
  path: "/convoys/{convoy}/restore",
  scope: "beads:write",
  summary:
    "Brings back a convoy that was removed, with those of its members that are still over and of no other convoy.",
  params: { convoy: slug },
  output: convoySchema,
  apply(tx, { convoy: id }, ctx): Convoy {
    if (tx.select({ id: convoys.id }).from(convoys).where(eq(convoys.id, id)).get())
      throw refusal(409, "convoy_exists", `There is a convoy ${id}.`, "Only what was removed can be brought back.");
    const { row, members } = takeRemoved(tx, "convoy", id, ctx);
    const convoy = addConvoy(tx, row as unknown as Convoy);
    for (const member of members) joinAgain(tx, convoy, member);
    return convoy;
  },
  answer: ({ id }, tx) => convoyDetailView(readConvoy(tx, id)),
});

function joinAgain(tx: Tx, convoy: Convoy, { id, landsOn }: { id: string; landsOn: string | null }): void {
  const bead = theBead(tx).get({ id });
  if (!bead || !isOver(bead, convoy)) return;
  tx.update(beads)
    .set({ convoyId: convoy.id, landsOn })
    .where(and(eq(beads.id, id), isNull(beads.convoyId)))
    .run();
}
