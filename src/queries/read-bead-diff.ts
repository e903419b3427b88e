import { existingBead } from "../db/existing.ts";
import { slug } from "../protocol/common.ts";
import { askDiff, diffQuery, diffSchema, newestWork, questionOf } from "./attempt-diff.ts";
import { defineHostQuery } from "./define.ts";

export const readBeadDiffQuery = defineHostQuery({
  name: "read-bead-diff",
  path: "/beads/{bead}/diff",
  scope: "logs:read",
  summary: "Shows the commits of a bead's newest run that has brought any, and what they change.",
  params: { bead: slug },
  query: diffQuery,
  output: diffSchema,
  read(tx, { bead: id, path }) {
    const bead = existingBead(tx, id);
    return questionOf(tx, bead, newestWork(tx, bead), path);
  },
  ask: askDiff,
});
