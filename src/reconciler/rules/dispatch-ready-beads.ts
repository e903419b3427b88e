import type { Rule } from "../types.ts";

/** Each ready bead gets an idle agent of its own rig, most urgent first. */
export const dispatchReadyBeads: Rule = {
  name: "dispatch_ready_beads",
  plan({ ready, idle, mayStart }) {
    if (!mayStart) return [];
    const agents = Map.groupBy(idle, ({ rigId }) => rigId);
    return ready.flatMap(({ beadId, rigId }) => {
      const agent = agents.get(rigId)?.shift();
      return agent ? [{ type: "dispatch_agent" as const, agentId: agent.agentId, beadId }] : [];
    });
  },
};
