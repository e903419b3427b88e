import { awaitPreflight } from "../attempts/preflight.ts";
import { troubleOf } from "../attempts/providers.ts";
import type { Tx } from "../db/client.ts";
import { theAgent, theRig } from "../db/existing.ts";
import { countPause } from "../db/pause.ts";
import { takeRemoved } from "../db/removals.ts";
import { type Agent, agents } from "../db/schema.ts";
import { refusal } from "../lib/guard.ts";
import { slug } from "../protocol/common.ts";
import { agentSchema, agentView } from "../views/agent.ts";
import { defineCommand } from "./define.ts";

/** As it was set, and looked at anew: what it can do now may be something else. */
export const restoreAgentCommand = defineCommand({
  name: "restore-agent",
  type: "agent_restored",
  method: "POST",
  path: "/agents/{agent}/restore",
  scope: "agents:write",
  summary: "Brings back an agent that was removed, as it was set.",
  params: { agent: slug },
  output: agentSchema,
  apply(tx, { agent: id }, ctx): Agent {
    if (theAgent(tx).get({ id }))
      throw refusal(409, "agent_exists", `There is an agent ${id}.`, "Only what was removed can be brought back.");
    const row = takeRemoved(tx, "agent", id, ctx).row as unknown as Agent;
    refuseWithoutRig(tx, row.rigId);
    const known = { troubles: 0, trouble: null, doubts: null, notBeforeMs: 0, ...troubleOf(tx, row.provider) };
    const values = { ...row, ...known, ...awaitPreflight({ ...row, ...known }, ctx.nowMs) };
    const agent = tx.insert(agents).values(values).returning().get();
    countPause(tx, `agent ${id}`, { before: null, after: agent.paused }, ctx.news);
    return agent;
  },
  answer: agentView,
  after(town, _, { id, preflight }) {
    if (preflight?.state === "pending") town.preflightLater(id);
  },
});

/** @throws Refusal 422 */
function refuseWithoutRig(tx: Tx, rig: string): void {
  if (theRig(tx).get({ id: rig })) return;
  throw refusal(
    422,
    "rig_unknown",
    `There is no rig ${rig}, which it belongs to.`,
    `Bring the rig back first: POST …/rigs/${rig}/restore.`,
  );
}
