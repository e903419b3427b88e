import { eq } from "drizzle-orm";
import { awaitPreflight } from "../attempts/preflight.ts";
import { howToRun } from "../attempts/program.ts";
import { existingAgent } from "../db/existing.ts";
import { countPause, pausedAs } from "../db/pause.ts";
import { agents } from "../db/schema.ts";
import { refusal } from "../lib/guard.ts";
import { slug } from "../protocol/common.ts";
import { MAX_VARIABLES } from "../protocol/fields.ts";
import { agentSchema, agentView } from "../views/agent.ts";
import { defineCommand } from "./define.ts";
import { agentChange } from "./inputs.ts";

/**
 * The operator says how this agent should be. What it does now it may finish, as it began. Enabled again, or with another
 * program or environment, it starts with no trouble.
 */
export const changeAgentCommand = defineCommand({
  name: "change-agent",
  type: "agent_changed",
  method: "PATCH",
  path: "/agents/{agent}",
  scope: "agents:write",
  summary:
    "Changes an agent: what is left out stays as it is, and what runs goes on as it began. A new program or environment ends its cool-down.",
  params: { agent: slug },
  body: agentChange,
  output: agentSchema,
  apply(
    tx,
    { agent: id, enabled, paused, provider, env: whole, envChanges, startFrom, maxRunMs, ...program },
    { nowMs, news },
  ) {
    const before = existingAgent(tx, id);
    const changed = Object.values(program).some((value) => value !== undefined);
    const how = changed ? howToRun(program, before) : {};
    const pause = pausedAs(paused, before.paused, nowMs);
    if (pause !== undefined) countPause(tx, `agent ${id}`, { before: before.paused, after: pause }, news);
    const env = whole || envChanges ? environmentOf(whole ?? before.env, envChanges) : undefined;
    const mended = changed || env !== undefined;
    const well = enabled || mended ? { troubles: 0, trouble: null, notBeforeMs: 0, doubts: null } : {};
    return tx
      .update(agents)
      .set({
        id,
        ...(enabled !== undefined && { enabled }),
        ...(pause !== undefined && { paused: pause }),
        ...(provider !== undefined && { provider, doubts: null }),
        ...(env !== undefined && { env }),
        ...(startFrom !== undefined && { startFrom }),
        ...(maxRunMs !== undefined && { maxRunMs }),
        ...how,
        ...well,
        ...(mended && awaitPreflight({ ...before, ...how, ...well }, nowMs)),
      })
      .where(eq(agents.id, id))
      .returning()
      .get();
  },
  answer: agentView,
  async after(town, input, answer) {
    if (answer.preflight?.state === "pending") town.preflightLater(answer.id);
    if (input.paused || input.enabled === false) await town.startsArrived(({ agent }) => agent === input.agent);
  },
});

/** @throws Refusal 422 */
function environmentOf(
  variables: Record<string, string>,
  changes: Record<string, string | null> = {},
): Record<string, string> {
  const all: [string, string | null][] = Object.entries({ ...variables, ...changes });
  const env = Object.fromEntries(all.flatMap(([name, value]) => (value === null ? [] : [[name, value]])));
  if (Object.keys(env).length <= MAX_VARIABLES) return env;
  throw refusal(422, "invalid_input", `envChanges: at most ${MAX_VARIABLES} variables.`, "Take some away with null.");
}
