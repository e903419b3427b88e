import { z } from "zod";
import { keepPreflight, preflightOrder } from "../attempts/preflight.ts";
import { existingAgent } from "../db/existing.ts";
import { refusal } from "../lib/guard.ts";
import { slug } from "../protocol/common.ts";
import { agentSchema, agentView } from "../views/agent.ts";
import { defineCommand } from "./define.ts";

export const preflightAgentCommand = defineCommand({
  name: "preflight-agent",
  type: "agent_preflighted",
  mendsNothing: true,
  method: "POST",
  path: "/agents/{agent}/preflight",
  scope: "agents:write",
  summary: "Has a host look whether an agent could work, and keeps what it says.",
  params: { agent: slug },
  body: z.strictObject({
    call: z.boolean().default(false).describe("whether its tool is to answer one word, which costs a little"),
  }),
  emptyBody: true,
  output: agentSchema,
  before: (town, { agent, call }) => town.preflight(agent, call),
  /** What was found of another program, or another rig, says nothing of this one. */
  apply(tx, { agent: id, of, checks }, ctx) {
    const agent = existingAgent(tx, id);
    if (JSON.stringify(preflightOrder(tx, id)) === of) return keepPreflight(tx, agent, checks, ctx);
    throw refusal(409, "agent_changed", `${id} was changed while its host looked.`, "Ask again.");
  },
  answer: agentView,
});
