import { and, desc, sql } from "drizzle-orm";
import { attempts } from "../../db/schema.ts";
import { atMost, prepared } from "../../db/statements.ts";
import { isLive } from "../../db/step.ts";
import { ESCALATED, spanText } from "../../lib/stall.ts";
import { type Kind, post, WANTED } from "./item.ts";

const silentSinceMs = sql<number>`coalesce(${attempts.agentActiveAtMs}, ${attempts.acceptedAtMs})`;

const escalated = prepared((tx) =>
  tx
    .select({
      agent: sql<string>`${attempts.agentId}`,
      bead: attempts.beadId,
      fence: attempts.fence,
      progress: attempts.progress,
      sinceMs: silentSinceMs,
    })
    .from(attempts)
    .where(and(isLive, sql`${attempts.state} = 'running' AND ${attempts.stall} >= ${ESCALATED}`))
    .orderBy(desc(silentSinceMs))
    .limit(atMost(WANTED))
    .prepare(),
);

/** Runs that live and do nothing. Those that are being stopped need no person any more. */
export const silent: Kind = {
  severity: "warning",
  holdsInPause: true,
  find: ({ tx, path, nowMs }) =>
    escalated(tx)
      .all()
      .map(({ sinceMs, ...run }) => ({
        target: { type: "agent" as const, id: run.agent },
        mark: run.fence,
        sinceMs,
        times: 1,
        what: `${run.agent} on ${run.bead} has done nothing for ${spanText(nowMs - sinceMs)}, though its process lives`,
        meanwhile:
          "it keeps its agent and its bead; the town stops it when it has been silent for too long (stall.stopMs)",
        nextMs: null,
        hint: null,
        evidence: run,
        verb: post(`${path}/agents/${run.agent}/stop`, { reason: "it stands still", fence: run.fence }),
      })),
};
