import { z } from "zod";
import { agentSchema, agentView } from "../views/agent.ts";
import { defineQuery } from "./define.ts";
import { listAgents } from "./reads.ts";

export const listAgentsQuery = defineQuery({
  name: "list-agents",
  path: "/agents",
  scope: "beads:read",
  summary: "Lists the agents of a town.",
  output: z.object({ items: z.array(agentSchema) }),
  read: (tx) => ({ items: listAgents(tx).map(agentView) }),
});
