import { eq } from "drizzle-orm";
import { attemptLogs } from "../db/schema.ts";
import { readTown } from "../db/town-row.ts";
import { iso } from "../lib/time.ts";
import { attemptLogSchema } from "../views/attempt.ts";
import { defineQuery } from "./define.ts";
import { existingAttempt, fenceParam } from "./read-attempt.ts";

export const readAttemptLogQuery = defineQuery({
  name: "read-attempt-log",
  path: "/attempts/{fence}/log",
  scope: "logs:read",
  summary: "Shows what is kept of what an attempt printed, the oldest first.",
  params: { fence: fenceParam },
  output: attemptLogSchema,
  read(tx, { fence }) {
    const attempt = existingAttempt(tx, fence);
    const { pruning } = readTown(tx);
    const pieces = tx
      .select({ atMs: attemptLogs.atMs, text: attemptLogs.text })
      .from(attemptLogs)
      .where(eq(attemptLogs.fence, fence))
      .orderBy(attemptLogs.seq)
      .all();
    return {
      fence,
      bead: attempt.beadId,
      state: attempt.state,
      pruned: pieces.length === 0 && pruning !== null && (attempt.endedAtMs ?? 9e15) <= pruning.logs.untilMs,
      pieces: pieces.map(({ atMs, text }) => ({ at: iso(atMs), text })),
    };
  },
});
