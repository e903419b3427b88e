import { existingAgent } from "../db/existing.ts";
import { slug } from "../protocol/common.ts";
import { agentSchema, agentView } from "../views/agent.ts";
import { defineQuery } from "./define.ts";

export const readAgentQuery = defineQuery({
  name: "read-agent",
  path: "/agents/{agent}",
  scope: "beads:read",
  summary: "Shows an agent.",
  params: { agent: slug },
  output: agentSchema,
  read: (tx, { agent }) => agentView(existingAgent(tx, agent)),
});
