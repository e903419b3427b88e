import type { Action } from "../../actions/index.ts";
import { ESCALATED, NUDGED, tierAfter } from "../../lib/stall.ts";
import type { Rule } from "../rule.ts";

/** A run that lives and does not move is nudged, then shown to a person, then stopped: each once, by how long it was silent. */
export const answerStalls: Rule = {
  name: "answer_stalls",
  plan: ({ silent, pastLimit, settings, nowMs }) =>
    silent.flatMap(({ agentId, role, fence, stall, sinceMs }): Action[] => {
      const tier = tierAfter(settings, role, nowMs - sinceMs);
      if (tier <= stall || pastLimit.some((ended) => ended.fence === fence)) return [];
      if (tier === NUDGED) return [{ type: "nudge_run", agentId, fence, sinceMs }];
      if (tier === ESCALATED) return [{ type: "escalate_run", fence, sinceMs }];
      return [{ type: "stop_stalled_run", fence, sinceMs }];
    }),
};
