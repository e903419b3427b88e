import type { Action } from "../../actions/index.ts";
import type { Rule } from "../types.ts";

/**
 * Each ready bead gets an idle agent of its own rig, most urgent first. Rigs take turns, the one that was served longest ago
 * first: so the thousand beads of one delay the single bead of another by one start at most.
 */
export const dispatchReadyBeads: Rule = {
  name: "dispatch_ready_beads",
  plan({ ready, idle, served }, allowance) {
    const agents = Map.groupBy(idle, ({ rigId }) => rigId);
    const queues = [...Map.groupBy(ready, ({ rigId }) => rigId)]
      .map(([rigId, beads]) => ({ beads, agents: agents.get(rigId) ?? [], lastFence: served.get(rigId) ?? 0 }))
      .sort((a, b) => a.lastFence - b.lastFence);
    const actions: Action[] = [];
    for (let longest = Math.max(0, ...queues.map(({ beads }) => beads.length)), turn = 0; turn < longest; turn++)
      for (const { beads, agents } of queues) {
        const [bead] = beads.splice(0, 1);
        const agent = agents.find(allowance.mayWork) ?? agents[0];
        if (!bead || !agent) continue;
        const action = { type: "dispatch_agent" as const, agentId: agent.agentId, beadId: bead.beadId };
        if (!allowance.begins({ action, ...bead, role: agent.role, isNew: true })) continue;
        agents.splice(agents.indexOf(agent), 1);
        actions.push(action);
      }
    return actions;
  },
};
