import { LONG_BACKOFF_MS } from "../limits.ts";
import type { Rule } from "../rule.ts";

/**
 * One poison bead delays no other: an agent whose bead waits long lets go of it while other beads of its rig are ready.
 * Nor does one sick agent: while it cools down, its bead goes to another agent. An agent and a bead of which one may be in trouble are parted.
 */
export const releaseLongHooks: Rule = {
  name: "release_long_hooks",
  plan({ hooked, idle, ready, pushes, nowMs }) {
    const unserved = new Map<string, number>();
    for (const { rigId, gate } of ready)
      if (!gate && !pushes.has(rigId)) unserved.set(rigId, (unserved.get(rigId) ?? 0) + 1);
    for (const { rigId } of idle) unserved.set(rigId, (unserved.get(rigId) ?? 0) - 1);
    return hooked.flatMap(({ agentId, beadId, rigId, notBeforeMs, agentNotBeforeMs, hasOthers, ...it }) => {
      const left = unserved.get(rigId) ?? 0;
      if (it.isBarred || (agentNotBeforeMs - nowMs > LONG_BACKOFF_MS && hasOthers))
        return [{ type: "release_hook" as const, agentId, beadId }];
      // What it is tried with next is another bead, if there is one: that tells more.
      if (it.inTrouble && agentNotBeforeMs > nowMs && left > 0)
        return [{ type: "release_hook" as const, agentId, beadId }];
      if (agentNotBeforeMs > nowMs) return [];
      if (left <= 0 || notBeforeMs - nowMs <= LONG_BACKOFF_MS) return [];
      unserved.set(rigId, left - 1);
      return [{ type: "release_hook" as const, agentId, beadId }];
    });
  },
};
