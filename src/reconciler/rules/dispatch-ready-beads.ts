import type { Action } from "../../actions/index.ts";
import type { Allowance } from "../allowance.ts";
import type { Rule } from "../rule.ts";
import type { Idle, Snapshot } from "../types.ts";

interface Queue {
  beads: Snapshot["ready"][number][];
  agents: Idle[];
  lastFence: number;
}

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
    while (queues.some(({ beads }) => beads.length > 0))
      for (const queue of queues) {
        const start = nextStart(queue, allowance);
        if (start) actions.push(start);
      }
    return actions;
  },
};

function nextStart({ beads, agents }: Queue, allowance: Allowance): Action | null {
  const bead = beads.shift();
  if (!bead || agents.length === 0) return null;
  const able = agents.filter(({ bars }) => !bars.some((bar) => bar.bead === bead.beadId));
  // An agent in doubt is tried with a bead that has failed no agent: that tells whose trouble it was.
  const isToldByOthers = hasFailed(bead) && beads.some((other) => !hasFailed(other) && !other.gate);
  const willing = isToldByOthers ? able.filter(({ inDoubt }) => !inDoubt) : able;
  if (able.length > 0 && willing.length === 0) {
    beads.push(bead);
    return null;
  }
  const others = willing.filter(({ agentId }) => !bead.failedBy.includes(agentId));
  const agent = others.find(allowance.mayWork) ?? willing.find(allowance.mayWork) ?? willing[0];
  const action = { type: "dispatch_agent" as const, agentId: (agent ?? agents[0])?.agentId ?? "", beadId: bead.beadId };
  const barredUntilMs = agent ? null : barredUntil(agents, bead.beadId);
  if (!allowance.begins({ action, ...bead, barredUntilMs, role: agent?.role ?? "", isNew: true }) || !agent)
    return null;
  agents.splice(agents.indexOf(agent), 1);
  return action;
}

const hasFailed = ({ isStruck, failedBy }: Queue["beads"][number]): boolean => isStruck || failedBy.length > 0;

/** When the first of these agents is given this bead again. */
const barredUntil = (agents: readonly Idle[], bead: string): number =>
  Math.min(
    ...agents.flatMap(({ bars }) => {
      const own = bars.filter((bar) => bar.bead === bead).map(({ untilMs }) => untilMs);
      return own.length > 0 ? [Math.max(...own)] : [];
    }),
  );
