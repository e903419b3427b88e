import { readTown } from "../db/town-row.ts";
import { townSchema, townView } from "../views/town.ts";
import { defineQuery } from "./define.ts";
import { countAgents, countBeads } from "./reads.ts";

export const readTownQuery = defineQuery({
  name: "read-town",
  path: "",
  scope: "beads:read",
  summary: "Shows a town: its settings, and how many beads and agents it has.",
  output: townSchema,
  read: (tx) => townView(readTown(tx), countBeads(tx), countAgents(tx)),
});
