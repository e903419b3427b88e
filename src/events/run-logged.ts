import { and, desc, eq, lte } from "drizzle-orm";
import { renewLease } from "../attempts/lease.ts";
import { attemptLogs } from "../db/schema.ts";
import { atMost, prepared, slot } from "../db/statements.ts";
import { defineReport, heard } from "./report-event.ts";

/** How many pieces of a run's output are kept: the last ones. */
const KEPT = 40;

const newestPastKept = prepared((tx) =>
  tx
    .select({ seq: attemptLogs.seq })
    .from(attemptLogs)
    .where(eq(attemptLogs.fence, slot("fence")))
    .orderBy(desc(attemptLogs.seq))
    .limit(atMost(1))
    .offset(atMost(KEPT))
    .prepare(),
);

/** What the run printed. It is for people to read; nothing is decided by it. */
export const runLogged = defineReport("run_logged", "log", {
  repeats: heard,
  apply(tx, attempt, { seq, text }, ctx, bootId) {
    const { fence } = attempt;
    renewLease(tx, attempt, { lastBootId: bootId, lastSeq: seq, activeAtMs: ctx.nowMs }, ctx);
    tx.insert(attemptLogs).values({ fence, seq, atMs: ctx.nowMs, text }).onConflictDoNothing().run();
    const oldest = newestPastKept(tx).get({ fence });
    if (oldest)
      tx.delete(attemptLogs)
        .where(and(eq(attemptLogs.fence, fence), lte(attemptLogs.seq, oldest.seq)))
        .run();
  },
});
