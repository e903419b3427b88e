import { readConvoy } from "../beads/convoy-reads.ts";
import { slug } from "../protocol/common.ts";
import { convoyDetailView, convoySchema } from "../views/convoy.ts";
import { defineQuery } from "./define.ts";

export const readConvoyQuery = defineQuery({
  name: "read-convoy",
  path: "/convoys/{convoy}",
  scope: "beads:read",
  summary: "Shows a convoy, with its members, its stages and what waits.",
  params: { convoy: slug },
  output: convoySchema,
  read: (tx, { convoy }) => convoyDetailView(readConvoy(tx, convoy)),
});
