import { eq } from "drizzle-orm";
import { providerOf } from "../agents/index.ts";
import { awaitPreflight } from "../attempts/preflight.ts";
import { howToRun } from "../attempts/program.ts";
import { troubleOf } from "../attempts/providers.ts";
import { agents, rigs } from "../db/schema.ts";
import { Refusal } from "../lib/guard.ts";
import { agentSchema, agentView } from "../views/agent.ts";
import { defineCommand } from "./define.ts";
import { agentInput } from "./inputs.ts";

export const addAgentCommand = defineCommand({
  name: "add-agent",
  type: "agent_added",
  method: "POST",
  path: "/agents",
  scope: "agents:write",
  summary: "Registers an agent of a rig, by a preset or a command. Agents of one provider share its limits.",
  body: agentInput,
  output: agentSchema,
  status: 201,
  location: ({ id }) => id,
  apply(tx, given, { nowMs }) {
    const { rig: rigId, preset, command, driver, model, maxCostUsd, maxTokens, permissions, resume, ...input } = given;
    const how = howToRun({ preset, command, driver, model, maxCostUsd, maxTokens, permissions, resume }, null);
    const provider = input.provider === undefined ? how.program && providerOf(how.program) : input.provider;
    if (!tx.select({ id: rigs.id }).from(rigs).where(eq(rigs.id, rigId)).get())
      throw new Refusal({
        status: 422,
        code: "rig_unknown",
        detail: `There is no rig ${rigId}.`,
        hint: "Add the rig first: POST …/rigs.",
      });
    const known = troubleOf(tx, provider);
    const agent = tx
      .insert(agents)
      .values({
        ...input,
        ...how,
        provider,
        rigId,
        ...known,
        ...awaitPreflight({ ...how, notBeforeMs: 0, ...known }, nowMs),
        createdAtMs: nowMs,
      })
      .onConflictDoNothing()
      .returning()
      .get();
    if (agent) return agent;
    throw new Refusal({
      status: 409,
      code: "agent_exists",
      detail: `There is an agent ${input.id} already.`,
      hint: "Choose another id.",
    });
  },
  answer: agentView,
  after(town, _, { id, preflight }) {
    if (preflight?.state === "pending") town.preflightLater(id);
  },
});
