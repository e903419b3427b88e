import { eq } from "drizzle-orm";
import { attempts } from "../db/schema.ts";
import { defineReport, heard } from "./report-event.ts";

/** The run says where it is. Only the newest word is kept. */
export const runProgressed = defineReport("run_progressed", "progress", {
  repeats: heard,
  apply(tx, { fence }, { seq, message }, { nowMs, settings }, bootId) {
    tx.update(attempts)
      .set({ leaseUntilMs: nowMs + settings.leaseMs, lastBootId: bootId, lastSeq: seq, progress: message })
      .where(eq(attempts.fence, fence))
      .run();
  },
});
