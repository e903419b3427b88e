import { eq } from "drizzle-orm";
import { attempts } from "../db/schema.ts";
import { defineReport, heard } from "./report-event.ts";

/** The run, or the landing, is alive: its lease begins anew. */
export const runHeartbeat = defineReport("run_heartbeat", "heartbeat", {
  repeats: heard,
  apply(tx, { fence }, { seq, agentActiveAtMs }, { nowMs, settings }, bootId) {
    tx.update(attempts)
      .set({ leaseUntilMs: nowMs + settings.leaseMs, lastBootId: bootId, lastSeq: seq, agentActiveAtMs })
      .where(eq(attempts.fence, fence))
      .run();
  },
});
