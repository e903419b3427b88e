import { z } from "zod";
import { rigSchema, rigView } from "../views/rig.ts";
import { defineQuery } from "./define.ts";
import { listRigs } from "./reads.ts";

export const listRigsQuery = defineQuery({
  name: "list-rigs",
  path: "/rigs",
  scope: "beads:read",
  summary: "Lists the rigs of a town.",
  output: z.object({ items: z.array(rigSchema) }),
  read: (tx) => ({ items: listRigs(tx).map(rigView) }),
});
