import { z } from "zod";
import { keptUntilMs, listRemoved } from "../db/removals.ts";
import { removals } from "../db/schema.ts";
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
  })
  .meta({ id: "Removed" });

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
      return { kind: one.kind, id: one.name, removedAt: iso(one.atMs), keptUntil: iso(untilMs) };
    });
    return { items };
  },
});
