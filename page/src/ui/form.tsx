/** What forms are made of: fields by name, and a button that sends, with what went wrong below. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import type { Scope } from "../../../src/lib/scopes.ts";
import { type Problem, problemOf } from "../api.ts";
import { touched } from "../store/touched.ts";
import { Button } from "./button.tsx";
import { Wrong } from "./problem.tsx";

export type Fields = Readonly<Record<string, string>>;

interface Props {
  send: string;
  /** What it takes to send it, where nothing before has looked at that. */
  needs?: readonly Scope[];
  kind?: "main" | "danger";
  children: ComponentChildren;
  /** Sends what was filled in. @throws Problem */
  onSend: (fields: Fields) => Promise<void>;
}

export function Form({ send, needs = [], kind = "main", children, onSend }: Props) {
  const isSent = useSignal(false);
  const problem = useSignal<Problem | null>(null);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const fields = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value).trim()]));
    isSent.value = true;
    problem.value = null;
    try {
      await onSend(fields);
      touched();
    } catch (error) {
      problem.value = problemOf(error);
    } finally {
      isSent.value = false;
    }
  };
  return (
    <form onSubmit={submit}>
      {children}
      {problem.value && <Wrong problem={problem.value} />}
      <div class="row">
        <Button type="submit" needs={needs} kind={kind} isBusy={isSent.value} state={isSent.value ? "sent" : "ready"}>
          {send}
          {isSent.value && " …"}
        </Button>
      </div>
    </form>
  );
}

interface FieldProps {
  name: string;
  label: string;
  hint?: string;
  value?: string | number | undefined;
  placeholder?: string;
  numeric?: boolean;
  required?: boolean;
  long?: boolean;
  /** Who opens it goes on writing behind what stands there. */
  atEnd?: boolean;
  /** It is not shown, and no browser keeps it. */
  secret?: boolean;
  onInput?: (text: string) => void;
  /** One of these. */
  of?: readonly (string | readonly [string, string])[];
}

export function Field(props: FieldProps) {
  const {
    name,
    label,
    hint,
    of,
    long = false,
    numeric = false,
    secret = false,
    atEnd = false,
    onInput,
    ...rest
  } = props;
  const id = useId();
  const tell = (event: { currentTarget: { value: string } }) => onInput?.(event.currentTarget.value);
  const common = { id, name, autocomplete: "off", ...rest, ...(onInput && { onInput: tell }) } as const;
  return (
    <div class="field">
      <label for={id}>
        {label}
        {hint && <span class="soft"> {hint}</span>}
      </label>
      {of ? (
        <select id={id} name={name} value={rest.value}>
          {of.map((option) => {
            const [value, words] = typeof option === "string" ? [option, option] : option;
            return (
              <option key={value} value={value}>
                {words}
              </option>
            );
          })}
        </select>
      ) : long ? (
        <textarea {...common} {...(atEnd && { autofocus: true, ref: goToEnd })} />
      ) : (
        <input
          {...common}
          {...(numeric && { inputMode: "decimal", pattern: "[0-9]+([.][0-9]+)?" })}
          {...(secret && { type: "password", spellcheck: false })}
        />
      )}
    </div>
  );
}

/** The dialog that it stands in gives it the focus when it opens. */
const goToEnd = (element: HTMLTextAreaElement | null): void => {
  if (document.activeElement !== element) element?.setSelectionRange(element.value.length, element.value.length);
};

/** Words with commas or spaces between. */
export const listIn = (text: string | undefined): string[] => (text ?? "").split(/[\s,]+/).filter(Boolean);
