import type { Tx } from "../db/client.ts";
import { readTown } from "../db/town-row.ts";
import { beadsThere } from "../lib/retention.ts";
import { townSchema, townView } from "../views/town.ts";
import { countBeads } from "./bead-list.ts";
import { defineQuery } from "./define.ts";
import { countAgents } from "./reads.ts";

export const readTownQuery = defineQuery({
  name: "read-town",
  path: "",
  scope: "beads:read",
  summary: "Shows a town: its settings, and how many beads and agents it has.",
  output: townSchema,
  read: (tx) => townNow(tx),
});

export function townNow(tx: Tx) {
  const town = readTown(tx);
  return townView(town, countBeads(tx, beadsThere(town)), countAgents(tx));
}
