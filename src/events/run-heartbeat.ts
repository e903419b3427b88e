import { renewLease } from "../attempts/lease.ts";
import { rigIsWell } from "../attempts/rig-well.ts";
import { defineReport, heard } from "./report-event.ts";

/**
 * The run, or the landing, is alive: its lease begins anew. How long its agent has been silent is told by the host's
 * clock alone, so that it makes no difference how far that is from the town's.
 */
export const runHeartbeat = defineReport("run_heartbeat", "heartbeat", {
  repeats: heard,
  apply(tx, attempt, { seq, agentActiveAtMs, sentAtMs, usage }, ctx, bootId) {
    const silentMs = agentActiveAtMs === null ? null : Math.max(0, (sentAtMs ?? ctx.nowMs) - agentActiveAtMs);
    const activeAtMs = silentMs === null ? null : Math.floor(ctx.nowMs - silentMs);
    // Its agent has begun, so its host had from the remote what that needs.
    if (agentActiveAtMs !== null) rigIsWell(tx, attempt, "begun", ctx);
    renewLease(tx, attempt, { lastBootId: bootId, lastSeq: seq, activeAtMs, usage }, ctx);
  },
});
