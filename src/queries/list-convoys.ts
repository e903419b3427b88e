import { z } from "zod";
import { listConvoys } from "../beads/convoy-reads.ts";
import { convoySummarySchema, convoySummaryView } from "../views/convoy.ts";
import { defineQuery } from "./define.ts";
import { page, paged, pageOf } from "./page.ts";

export const listConvoysQuery = defineQuery({
  name: "list-convoys",
  path: "/convoys",
  scope: "beads:read",
  summary: "Lists convoys, the newest first.",
  query: z.strictObject(page),
  output: pageOf(convoySummarySchema),
  read: (tx, { limit, cursor }) =>
    paged(listConvoys(tx, limit, cursor), limit, convoySummaryView, ({ convoy }) => convoy.seq),
});
