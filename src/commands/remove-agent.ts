import { and, eq, gt } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { existingAgent } from "../db/existing.ts";
import { countPause } from "../db/pause.ts";
import { keepRemoved } from "../db/removals.ts";
import { type Agent, agents, attempts } from "../db/schema.ts";
import { refusal } from "../lib/guard.ts";
import { iso } from "../lib/time.ts";
import { slug } from "../protocol/common.ts";
import { agentSchema, agentView } from "../views/agent.ts";
import { defineCommand } from "./define.ts";

/** Its attempts stay in the history of their beads. */
export const removeAgentCommand = defineCommand({
  name: "remove-agent",
  type: "agent_removed",
  method: "DELETE",
  path: "/agents/{agent}",
  scope: "agents:write",
  summary:
    "Removes an agent that has nothing to do; what it did stays in the history of its beads. It can be had back for as long as the town keeps what is over.",
  params: { agent: slug },
  output: agentSchema,
  apply(tx, { agent: id }, ctx): Agent {
    const agent = existingAgent(tx, id);
    refuseBusy(tx, agent, ctx.nowMs);
    countPause(tx, `agent ${id}`, { before: agent.paused, after: null }, ctx.news);
    keepRemoved(tx, { kind: "agent", name: id, row: agent }, ctx);
    tx.delete(agents).where(eq(agents.id, id)).run();
    return agent;
  },
  answer: agentView,
});

/** @throws Refusal 409 */
function refuseBusy(tx: Tx, { id, fence, beadId, status }: Agent, nowMs: number): void {
  const what = `Agent ${id}`;
  if (fence !== null || status !== "idle")
    throw refusal(409, "in_use", `${what} works on ${beadId ?? "a bead"}.`, `Stop it first: POST …/agents/${id}/stop.`);
  if (beadId !== null)
    throw refusal(
      409,
      "in_use",
      `${what} has bead ${beadId} on its hook for its next try.`,
      `Hold the bead, which takes it off: PATCH …/beads/${beadId} {"hold":{"why":…}}. Then it may go to another agent.`,
    );
  // What was given back by the town may yet be heard of, and is adopted then.
  const loose = tx
    .select({ fence: attempts.fence, untilMs: attempts.leaseUntilMs })
    .from(attempts)
    .where(and(eq(attempts.agentId, id), eq(attempts.state, "released"), gt(attempts.leaseUntilMs, nowMs)))
    .limit(1)
    .get();
  if (!loose) return;
  const until = iso(loose.untilMs);
  throw refusal(
    409,
    "in_use",
    `Fence ${loose.fence} of agent ${id} may still run.`,
    `It is dead for certain at ${until}.`,
  );
}
