import { existingBead } from "../db/existing.ts";
import { askDiff, diffQuery, diffSchema, questionOf, workOfAttempt } from "./attempt-diff.ts";
import { defineHostQuery } from "./define.ts";
import { existingAttempt, fenceParam } from "./read-attempt.ts";

export const readAttemptDiffQuery = defineHostQuery({
  name: "read-attempt-diff",
  path: "/attempts/{fence}/diff",
  scope: "logs:read",
  summary: "Shows the commits of an attempt and what they change, as the host that has them tells.",
  params: { fence: fenceParam },
  query: diffQuery,
  output: diffSchema,
  read(tx, { fence, path }) {
    const attempt = existingAttempt(tx, fence);
    const bead = existingBead(tx, attempt.beadId);
    return questionOf(tx, bead, workOfAttempt(tx, bead, attempt), path);
  },
  ask: askDiff,
});
