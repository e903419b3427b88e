import { eq } from "drizzle-orm";
import { existingAgent } from "../db/existing.ts";
import { agents } from "../db/schema.ts";
import { defineEvent } from "./define.ts";
import { agentChange } from "./inputs.ts";

/** Somebody says whether this agent gets work. What it does now it may finish; enabled again, it starts with no trouble. */
export const agentChanged = defineEvent({
  type: "agent_changed",
  payload: agentChange,
  apply(tx, { agent: id, enabled }) {
    existingAgent(tx, id);
    const well = enabled ? { troubles: 0, trouble: null, notBeforeMs: 0 } : {};
    return tx
      .update(agents)
      .set({ enabled, ...well })
      .where(eq(agents.id, id))
      .returning()
      .get();
  },
});
