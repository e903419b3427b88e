import { z } from "zod";
import { listQuarantined } from "../db/quarantine.ts";
import { quarantinedSchema, quarantinedView } from "../views/records.ts";
import { defineQuery } from "./define.ts";
import { page, paged, pageOf } from "./page.ts";

export const listQuarantinedQuery = defineQuery({
  name: "list-quarantined",
  path: "/quarantine",
  scope: "logs:read",
  summary: "Lists the events that could not be applied, the newest first.",
  query: z.strictObject(page),
  output: pageOf(quarantinedSchema),
  read: (tx, { limit, cursor }) =>
    paged(listQuarantined(tx, { limit, before: cursor }), limit, quarantinedView, ({ id }) => id),
});
