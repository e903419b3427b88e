import { z } from "zod";
import { slug } from "../protocol/common.ts";
import { beadSchema, beadView } from "../views/bead.ts";
import { defineQuery } from "./define.ts";
import { page, paged, pageOf } from "./page.ts";
import { listBeads } from "./reads.ts";

export const listBeadsQuery = defineQuery({
  name: "list-beads",
  path: "/beads",
  scope: "beads:read",
  summary: "Lists beads, the newest first.",
  query: z.strictObject({
    status: z
      .enum(["open", "in_progress", "in_review", "closed", "failed", "parked", "cancelled"])
      // One state by two names: `failed` is how it is stored.
      .transform((status) => (status === "parked" ? "failed" : status))
      .optional(),
    rig: slug.optional(),
    ...page,
  }),
  output: pageOf(beadSchema),
  read: (tx, { cursor, ...query }) =>
    paged(listBeads(tx, { ...query, before: cursor }), query.limit, beadView, ({ seq }) => seq),
});
