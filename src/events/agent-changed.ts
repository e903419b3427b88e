import { eq } from "drizzle-orm";
import { existingAgent } from "../db/existing.ts";
import { agents } from "../db/schema.ts";
import { refusal } from "../lib/guard.ts";
import { defineEvent } from "./define.ts";
import { agentChange } from "./inputs.ts";

/** Somebody says whether this agent gets work. What it does now it may finish; enabled again, it starts with no trouble. */
export const agentChanged = defineEvent({
  type: "agent_changed",
  payload: agentChange,
  apply(tx, { agent: id, enabled }) {
    const before = existingAgent(tx, id);
    // To enable one that cools down is to say that it is well.
    if (before.enabled === enabled && (!enabled || (before.troubles === 0 && before.notBeforeMs === 0))) {
      const detail = `${id} is ${enabled ? "enabled" : "disabled"} already.`;
      throw refusal(409, "nothing_to_change", detail, "GET …/agents shows how each is.");
    }
    const well = enabled ? { troubles: 0, trouble: null, notBeforeMs: 0 } : {};
    return tx
      .update(agents)
      .set({ enabled, ...well })
      .where(eq(agents.id, id))
      .returning()
      .get();
  },
});
