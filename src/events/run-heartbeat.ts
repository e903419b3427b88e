import { renewLease } from "../db/attempts/hold.ts";
import { defineReport, heard } from "./report-event.ts";

/** The run, or the landing, is alive: its lease begins anew. */
export const runHeartbeat = defineReport("run_heartbeat", "heartbeat", {
  repeats: heard,
  apply: (tx, { fence }, { seq, agentActiveAtMs }, ctx, bootId) =>
    renewLease(tx, fence, { lastBootId: bootId, lastSeq: seq, agentActiveAtMs }, ctx),
});
