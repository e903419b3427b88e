import { z } from "zod";
import { tickSchema, tickView } from "../views/records.ts";
import { defineQuery } from "./define.ts";
import { page, paged, pageOf } from "./page.ts";
import { listTicks } from "./reads.ts";

export const listTicksQuery = defineQuery({
  name: "list-ticks",
  path: "/ticks",
  scope: "metrics:read",
  summary: "Lists the last ticks in which something happened, the newest first.",
  query: z.strictObject(page),
  output: pageOf(tickSchema),
  read: (tx, { limit, cursor }) => paged(listTicks(tx, { limit, before: cursor }), limit, tickView, ({ tick }) => tick),
});
