import { eq } from "drizzle-orm";
import { z } from "zod";
import type { Tx } from "../db/client.ts";
import { theAgent, theRig } from "../db/existing.ts";
import { keptUntilMs, listRemoved } from "../db/removals.ts";
import { convoys, type Removal, removals } from "../db/schema.ts";
import { readTown } from "../db/town-row.ts";
import { iso } from "../lib/time.ts";
import { time } from "../views/common.ts";
import { defineQuery } from "./define.ts";

const removed = z
  .object({
    kind: z.enum(removals.kind.enumValues),
    id: z.string(),
    removedAt: time,
    keptUntil: time.describe("from when on it can't be had back; null: the town keeps everything"),
    nameInUse: z.boolean().describe("whether another has its name, and goes first"),
  })
  .meta({ id: "Removed" });

const isThere: Record<Removal["kind"], (tx: Tx, id: string) => boolean> = {
  agent: (tx, id) => theAgent(tx).get({ id }) !== undefined,
  rig: (tx, id) => theRig(tx).get({ id }) !== undefined,
  convoy: (tx, id) => tx.select({ id: convoys.id }).from(convoys).where(eq(convoys.id, id)).get() !== undefined,
};

export const listRemovedQuery = defineQuery({
  name: "list-removed",
  path: "/removed",
  scope: "beads:read",
  summary: "Lists the agents, rigs and convoys that were removed and can be had back, the newest first.",
  output: z.object({ items: z.array(removed) }),
  read(tx) {
    const { settings } = readTown(tx);
    const items = listRemoved(tx).map((one) => {
      const untilMs = keptUntilMs(one, { settings });
      const nameInUse = isThere[one.kind](tx, one.name);
      return { kind: one.kind, id: one.name, removedAt: iso(one.atMs), keptUntil: iso(untilMs), nameInUse };
    });
    return { items };
  },
});
