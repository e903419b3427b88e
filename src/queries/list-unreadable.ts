import { z } from "zod";
import { listUnreadable } from "../unreadable/index.ts";
import { unreadableSchema, unreadableView } from "../views/records.ts";
import { defineQuery } from "./define.ts";
import { page, paged, pageOf } from "./page.ts";

export const listUnreadableQuery = defineQuery({
  name: "list-unreadable",
  path: "/unreadable",
  scope: "logs:read",
  summary: "Lists what could not be read and is set aside, the newest first.",
  query: z.strictObject(page),
  output: pageOf(unreadableSchema),
  read: (tx, { limit, cursor }) =>
    paged(listUnreadable(tx, { limit, before: cursor }), limit, unreadableView, ({ id }) => id),
});
