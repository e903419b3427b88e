/** Changes an agent. */
import { commandLine, wordsOf } from "../../../src/lib/shell-words.ts";
import { type Agent, Problem } from "../api.ts";
import { townPath } from "../route.ts";
import { AgentProgram } from "./agent-fields.tsx";
import { draftFor, Edit } from "./edit.tsx";
import { Field, type Fields } from "./form.tsx";
import { amount, minutesOf, msOf } from "./numbers.ts";
import { MINUTES } from "./refusal.ts";
import { StartFrom } from "./start-from.tsx";

const textsOf = (agent: Agent): Fields => ({
  preset: agent.preset,
  command: commandLine(agent.command),
  driver: agent.driver,
  model: agent.model ?? "",
  maxCostUsd: String(agent.maxCostUsd ?? ""),
  maxTokens: String(agent.maxTokens ?? ""),
  permissions: agent.permissions ?? "allow",
  resume: agent.resume ? "true" : "",
  provider: agent.provider ?? "",
  maxRunMs: minutesOf(agent.maxRunMs),
  startFrom: agent.startFrom ?? "",
  envChanges: "",
});

const OPTIONS = ["model", "maxCostUsd", "maxTokens", "resume"];
const OF_PROGRAM = ["command", "driver", "permissions", ...OPTIONS];

function bodyOf(changed: Fields, all: Fields, before: Agent) {
  const { provider, maxRunMs, startFrom, envChanges } = changed;
  return {
    ...programOf(changed, all, before),
    ...(provider !== undefined && { provider: provider || null }),
    ...(maxRunMs !== undefined && { maxRunMs: msOf(maxRunMs) }),
    ...(startFrom !== undefined && { startFrom: startFrom || null }),
    ...(envChanges !== undefined && { envChanges: variablesIn(envChanges) }),
  };
}

/** Another tool is told all that stands in the form: nothing of the one before is kept for it. */
function programOf(changed: Fields, all: Fields, before: Agent) {
  const isOther = changed.preset !== undefined;
  const { preset = before.preset } = all;
  const texts = textsOf(before);
  // What is asked for no more has no value.
  const gone = Object.fromEntries(OPTIONS.flatMap((name) => (name in all || texts[name] === "" ? [] : [[name, ""]])));
  const said = isOther
    ? Object.fromEntries(OF_PROGRAM.flatMap((name) => (all[name] ? [[name, all[name]]] : [])))
    : { ...changed, ...gone };
  const { command, driver, model, maxCostUsd, maxTokens, permissions, resume } = said;
  return {
    // A command alone would be one of which nothing is known.
    ...((isOther || (command !== undefined && preset !== "exec")) && { preset }),
    ...(command !== undefined && { command: wordsOf(command) }),
    ...(driver !== undefined && (driver !== "exec" || !isOther) && { driver }),
    ...(model !== undefined && { model: model || null }),
    ...(maxCostUsd !== undefined && { maxCostUsd: amount(maxCostUsd) }),
    ...(maxTokens !== undefined && { maxTokens: amount(maxTokens) }),
    ...(permissions !== undefined && (permissions !== "allow" || !isOther) && { permissions }),
    ...(resume !== undefined && { resume: resume === "true" }),
  };
}

/** @throws Problem for a line that says neither which variable is set nor which one goes */
function variablesIn(text: string): Record<string, string | null> {
  const lines = text.split("\n").flatMap((line) => line.trim() || []);
  return Object.fromEntries(
    lines.map((line) => {
      const [, gone, name, value] = /^(?:-\s*(\w+)|(\w+)=(.*))$/.exec(line) ?? [];
      if (gone !== undefined) return [gone, null];
      if (name !== undefined) return [name, value ?? ""];
      // The line may hold a secret.
      const message = "Each line is NAME=value, which sets one, or -NAME, which takes it away.";
      throw new Problem({ code: "no_variable", detail: message, errors: [{ path: "envChanges", message }] });
    }),
  );
}

export const EditAgent = ({ id, onClose }: { id: string; onClose: (agent?: Agent) => void }) => {
  const path = townPath(`/agents/${id}`);
  return (
    <Edit<Agent> title={`Edit ${id}`} path={path} {...{ textsOf, bodyOf, onClose }}>
      {(texts, { env }) => (
        <>
          <p class="soft">
            What it does now goes on as it began. If it is to run another way, a host looks at it anew.
          </p>
          <AgentProgram of={texts} draft={draftFor(path)} isWhole />
          <div class="pair">
            <Field
              name="maxRunMs"
              label="A run may take"
              hint="minutes"
              unit={MINUTES}
              value={texts.maxRunMs}
              required
              numeric
            />
            <Field
              name="provider"
              label="Provider"
              hint="whose limits it shares; none, if left empty"
              value={texts.provider}
            />
          </div>
          <StartFrom value={texts.startFrom} />
          <Field
            name="envChanges"
            label="Variables"
            hint={`NAME=value sets one, -NAME takes it away, a line each. ${env.length > 0 ? `It has ${env.join(", ")}; values are not shown.` : "It has none."}`}
            long
            value={texts.envChanges}
          />
        </>
      )}
    </Edit>
  );
};
