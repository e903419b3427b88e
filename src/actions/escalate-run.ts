import { z } from "zod";
import { reachTier } from "../attempts/stall.ts";
import { remark } from "../beads/notes.ts";
import { ESCALATED, spanText } from "../lib/stall.ts";
import { defineAction } from "./define.ts";

/** A person should look at this run: it stands in `attention` from now on, and is said once. */
export const escalateRun = defineAction({
  type: "escalate_run",
  kind: "message",
  payload: z.object({ fence: z.number(), sinceMs: z.number() }),
  concerns: ({ fence }) => ({ attempt: fence }),

  apply(tx, run, ctx) {
    const { nowMs, news } = ctx;
    const { fence, agentId, beadId } = reachTier(tx, run, ESCALATED);
    const silent = `has done nothing for ${spanText(nowMs - run.sinceMs)}, though its process lives`;
    remark(tx, beadId, "escalated", `${agentId} (fence ${fence}) ${silent}.`, ctx);
    news?.(`SILENT  ${agentId} on ${beadId}, fence ${fence}, ${silent}`);
  },
});
