import { and, eq, isNull, sql } from "drizzle-orm";
import { z } from "zod";
import { barredUntil } from "../attempts/whose-trouble.ts";
import { agents, beads } from "../db/schema.ts";
import { guard } from "../lib/guard.ts";
import { defineAction } from "./define.ts";

/** An idle agent lets go of a bead: one waits long, and the other can be at work meanwhile. */
export const releaseHook = defineAction({
  type: "release_hook",
  kind: "maintenance",
  payload: z.object({ agentId: z.string(), beadId: z.string() }),
  concerns: ({ agentId, beadId }) => ({ agent: agentId, bead: beadId }),
  beadStates: ["in_progress"],

  apply(tx, { agentId, beadId }, { nowMs }) {
    const agent = guard(
      tx
        .update(agents)
        .set({ beadId: null })
        .where(and(eq(agents.id, agentId), eq(agents.beadId, beadId), eq(agents.status, "idle"), isNull(agents.fence)))
        .returning()
        .get(),
      "the agent no longer idles on this hook",
    );
    guard(
      tx
        .update(beads)
        .set({ status: "open", agentId: null, updatedAtMs: nowMs })
        .where(
          and(
            eq(beads.id, beadId),
            eq(beads.status, "in_progress"),
            eq(beads.agentId, agentId),
            agent.enabled && agent.paused === null && barredUntil(agent.doubts, beadId, nowMs) === null
              ? sql`max(${beads.notBeforeMs}, ${agent.notBeforeMs}) > ${nowMs}`
              : undefined,
          ),
        )
        .returning()
        .get(),
      "neither waits any longer",
    );
  },
});
