/** How an agent is run, as it is filled in: when it is added, and when it is changed. */
import { useSignal } from "@preact/signals";
import { draftOf, Field, type Fields } from "./form.tsx";

const PRESETS = [
  ["claude", "Claude Code"],
  ["codex", "Codex"],
  ["gemini", "Gemini CLI"],
  ["opencode", "OpenCode"],
  ["exec", "a command of your own"],
] as const;

interface Props {
  of?: Fields;
  /** All that can be said of it, and not just what is asked for at first. */
  isWhole?: boolean;
  /** Of the form, if it has one. */
  draft?: string;
}

/** What means nothing to what is chosen is not asked for. */
export function AgentProgram({ of = {}, isWhole = false, draft = "" }: Props) {
  const begins = { preset: "claude", driver: "exec", ...of, ...draftOf(draft) };
  const preset = useSignal<string>(begins.preset);
  const driver = useSignal<string>(begins.driver);
  const isExec = preset.value === "exec";
  const isKnown = !isExec || driver.value === "acp";
  return (
    <>
      <Field
        name="preset"
        label="Tool"
        of={PRESETS}
        value={begins.preset}
        onInput={(text) => {
          preset.value = text;
        }}
      />
      {(isExec || (isWhole && preset.value === of.preset)) && (
        <Field
          name="command"
          label="Command"
          hint={
            isExec ? "the prompt is on its standard input" : "as the tool is called, or a wrapper of yours around it"
          }
          required
          placeholder="./scripts/agent.sh"
          value={of.command}
        />
      )}
      {isWhole && (
        <Field
          name="driver"
          label="It is spoken with"
          of={[
            ["exec", "as a command"],
            ["acp", "by the Agent Client Protocol"],
          ]}
          value={begins.driver}
          onInput={(text) => {
            driver.value = text;
          }}
        />
      )}
      {isKnown && (
        <div class="pair">
          <Field name="model" label="Model" hint="the tool's own, if left empty" value={of.model} />
          <Field name="maxCostUsd" label="At most" hint="US$ a run" numeric placeholder="5" value={of.maxCostUsd} />
        </div>
      )}
      {isKnown && isWhole && <More of={of} />}
    </>
  );
}

const More = ({ of }: { of: Fields }) => (
  <>
    <div class="pair">
      <Field name="maxTokens" label="At most" hint="tokens a run" numeric whole value={of.maxTokens} />
      <Field
        name="permissions"
        label="What it asks leave for"
        of={[
          ["allow", "is allowed"],
          ["deny", "is denied"],
        ]}
        value={of.permissions}
      />
    </div>
    <Field
      name="resume"
      label="A further try"
      of={[
        ["", "begins a session of its own"],
        ["true", "goes on with the session of the last one"],
      ]}
      value={of.resume}
    />
  </>
);
