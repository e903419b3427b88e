import { and, eq } from "drizzle-orm";
import { z } from "zod";
import { stopAttemptOf } from "../attempts/stop.ts";
import { note } from "../beads/notes.ts";
import { existingAgent, refuseOtherFence } from "../db/existing.ts";
import { type Agent, agents, beads } from "../db/schema.ts";
import { backoffMs } from "../lib/backoff.ts";
import { refusal } from "../lib/guard.ts";
import { slug } from "../protocol/common.ts";
import { agentSchema, agentView } from "../views/agent.ts";
import { defineCommand } from "./define.ts";
import { ifFence, reason } from "./inputs.ts";

/** The operator ends what this agent is at. Its bead goes back to the queue, with a pause and no blame. */
export const stopAgentCommand = defineCommand({
  name: "stop-agent",
  type: "agent_stopped",
  method: "POST",
  path: "/agents/{agent}/stop",
  scope: "work:control",
  summary: "Stops what an agent is at; its bead goes back to the queue, with a pause and no blame.",
  params: { agent: slug },
  body: z.strictObject({ reason, fence: ifFence }),
  output: agentSchema,
  apply(tx, { agent: id, reason, fence }, ctx): Agent {
    const agent = existingAgent(tx, id);
    if (agent.status === "stopping")
      throw refusal(409, "already_stopping", `Agent ${id} is being stopped.`, "Wait: it is idle when its run is gone.");
    if (!agent.beadId) throw refusal(409, "nothing_to_stop", `Agent ${id} has nothing on its hook.`, "Nothing to do.");
    refuseOtherFence(`Agent ${id}`, agent.fence, fence);
    const { settings, nowMs } = ctx;
    if (!stopAttemptOf(tx, agent.beadId, ctx)) tx.update(agents).set({ beadId: null }).where(eq(agents.id, id)).run();
    tx.update(beads)
      .set({
        status: "open",
        agentId: null,
        notBeforeMs: nowMs + backoffMs(1, settings.backoffBaseMs, settings.backoffCapMs, ctx.random()),
        updatedAtMs: nowMs,
      })
      .where(and(eq(beads.id, agent.beadId), eq(beads.status, "in_progress")))
      .run();
    note(tx, agent.beadId, "stopped", reason, nowMs);
    return existingAgent(tx, id);
  },
  answer: agentView,
  after: (town, { agent }) => town.startsArrived((order) => order.agent === agent),
});
