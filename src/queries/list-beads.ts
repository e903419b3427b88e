import { z } from "zod";
import { slug } from "../protocol/common.ts";
import { beadSchema, beadView } from "../views/bead.ts";
import { listBeads } from "./bead-list.ts";
import { defineQuery } from "./define.ts";
import { cursorOf, page, pageOf } from "./page.ts";

/** One state by two names: `failed` is how it is stored. */
const status = z
  .enum(["open", "in_progress", "in_review", "closed", "failed", "parked", "cancelled"])
  .transform((word) => (word === "parked" ? "failed" : word));

/** One, or several with commas between. */
const statuses = z
  .string()
  .max(200)
  .transform((words) => words.split(","))
  .pipe(z.array(status))
  .describe("one, or several with commas between: open, in_progress, in_review, closed, parked, cancelled");

export const listBeadsQuery = defineQuery({
  name: "list-beads",
  path: "/beads",
  scope: "beads:read",
  summary:
    "Lists beads, the newest first, or those of them that are asked for: a page may hold fewer than its limit and have a nextCursor, which looks further.",
  query: z.strictObject({
    status: statuses.optional(),
    rig: slug.optional(),
    agent: slug.optional().describe("that has it now"),
    convoy: slug.optional(),
    label: z.string().min(1).max(60).optional(),
    text: z.string().trim().min(1).max(200).optional().describe("stands in its title or its body, in either case"),
    since: z.iso
      .datetime({ offset: true })
      .transform((text) => Date.parse(text))
      .optional()
      .describe("changed at that time or later"),
    ...page,
  }),
  output: pageOf(beadSchema),
  read(tx, { cursor, ...query }) {
    const { rows, next } = listBeads(tx, { ...query, before: cursor });
    return { items: rows.map(beadView), nextCursor: next === null ? null : cursorOf(next) };
  },
});
