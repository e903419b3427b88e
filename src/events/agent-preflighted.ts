import { z } from "zod";
import { keepPreflight, preflightOrder } from "../attempts/preflight.ts";
import { existingAgent } from "../db/existing.ts";
import { refusal } from "../lib/guard.ts";
import { slug } from "../protocol/common.ts";
import { preflightAnswer } from "../protocol/preflight.ts";
import { defineEvent } from "./define.ts";

/** A host looked whether this agent could work. What it found of another program, or another rig, says nothing of this one. */
export const agentPreflighted = defineEvent({
  type: "agent_preflighted",
  payload: z.strictObject({ agent: slug, of: z.string(), checks: preflightAnswer.shape.checks.nullable() }),
  apply(tx, { agent: id, of, checks }, ctx) {
    const agent = existingAgent(tx, id);
    if (JSON.stringify(preflightOrder(tx, id)) === of) return keepPreflight(tx, agent, checks, ctx);
    throw refusal(409, "agent_changed", `${id} was changed while its host looked.`, "Ask again.");
  },
});
