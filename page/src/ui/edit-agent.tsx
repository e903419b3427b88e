/** Changes an agent. */
import { commandLine, wordsOf } from "../../../src/lib/shell-words.ts";
import { type Agent, Problem } from "../api.ts";
import { townPath } from "../route.ts";
import { AgentProgram } from "./agent-fields.tsx";
import { draftFor, Edit } from "./edit.tsx";
import { Field, type Fields } from "./form.tsx";
import { amount, minutesOf, msOf } from "./numbers.ts";
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

const OF_PROGRAM = ["command", "driver", "model", "maxCostUsd", "maxTokens", "permissions", "resume"];

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
  const said = isOther
    ? Object.fromEntries(OF_PROGRAM.flatMap((name) => (all[name] ? [[name, all[name]]] : [])))
    : changed;
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

export const EditAgent = ({ id, onClose }: { id: string; onClose: () => void }) => {
  const path = townPath(`/agents/${id}`);
  return (
    <Edit<Agent> title={`Edit ${id}`} path={path} {...{ textsOf, bodyOf, onClose }}>
      {(texts, { env }) => (
        <>
          <p class="soft">What it does now it ends as it began. Run another way, it is looked at anew.</p>
          <AgentProgram of={texts} draft={draftFor(path)} isWhole />
          <div class="pair">
            <Field name="maxRunMs" label="A run may take" hint="minutes" value={texts.maxRunMs} required numeric />
            <Field
              name="provider"
              label="Provider"
              hint="whose limits it shares; none, if left empty"
              value={texts.provider}
            />
            <StartFrom value={texts.startFrom} others="what the last one left, unless its rig says otherwise" />
          </div>
          <Field
            name="envChanges"
            label="Variables"
            hint={`NAME=value sets one, -NAME takes it away, a line each. There ${env.length === 1 ? "is" : "are"} ${env.join(", ") || "none"}; values are not shown.`}
            long
            value={texts.envChanges}
          />
        </>
      )}
    </Edit>
  );
};
