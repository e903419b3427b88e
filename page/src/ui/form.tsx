/** What forms are made of: fields by name, and a button that sends, with what went wrong below. */
import { useSignal } from "@preact/signals";
import { type ComponentChildren, createContext } from "preact";
import { useContext, useEffect, useId, useRef } from "preact/hooks";
import type { Scope } from "../../../src/lib/scopes.ts";
import { type FieldError, type Problem, problemOf } from "../api.ts";
import { touched } from "../store/touched.ts";
import { Button } from "./button.tsx";
import { Wrong } from "./problem.tsx";
import { atFields, blankIn, fieldOf, type Unit, wordsFor } from "./refusal.ts";

export type Fields = Readonly<Record<string, string>>;

/** What was filled in and not sent, by the forms that keep it. */
const drafts = new Map<string, Fields>();

export const draftOf = (key: string): Fields | undefined => drafts.get(key);

/** @param fields undefined: it is forgotten */
export function keepDraft(key: string, fields: Fields | undefined): void {
  if (fields) drafts.set(key, fields);
  else drafts.delete(key);
}

/** What fields know of the form that they stand in. */
const Around = createContext<{ filled: () => Fields; errors: readonly FieldError[] }>({
  filled: () => ({}),
  errors: [],
});

const namesIn = (form: HTMLFormElement | null): ReadonlySet<string | null> =>
  new Set([...(form?.elements ?? [])].map((field) => field.getAttribute("name")));

const fieldsIn = (form: HTMLFormElement): Fields =>
  Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]));

interface Props {
  send: string;
  /** What it takes to send it, where nothing before has looked at that. */
  needs?: readonly Scope[];
  kind?: "main" | "danger";
  /** By which it keeps what is filled in, until that is sent. Left out: it is gone when the form is. */
  draft?: string;
  children: ComponentChildren;
  /** Sends what was filled in. @throws Problem */
  onSend: (fields: Fields) => Promise<void>;
}

export function Form({ send, needs = [], kind = "main", draft, children, onSend }: Props) {
  const isSent = useSignal(false);
  const problem = useSignal<Problem | null>(null);
  const element = useRef<HTMLFormElement>(null);
  const own = useRef<Fields>({});
  // A field is drawn anew for reasons of its own: it has what was filled in last, and not what the form began with.
  const filled = (): Fields => (draft === undefined ? own.current : drafts.get(draft)) ?? {};
  const fill = (fields: Fields): void => {
    if (draft === undefined) own.current = fields;
    else drafts.set(draft, fields);
  };
  const { value: wrong } = problem;
  const names = namesIn(element.current);
  const errors = wrong?.errors.filter((error) => names.has(fieldOf(error))) ?? [];
  useEffect(() => {
    if (wrong) element.current?.querySelector<HTMLElement>("[aria-invalid]")?.focus();
  }, [wrong]);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    problem.value = blankIn(form);
    if (problem.value) return;
    const filled = Object.entries(fieldsIn(form));
    const fields = Object.fromEntries(filled.map(([name, text]) => [name, text.trim()]));
    isSent.value = true;
    try {
      await onSend(fields);
      own.current = {};
      if (draft !== undefined) drafts.delete(draft);
      touched();
    } catch (error) {
      problem.value = atFields(problemOf(error), namesIn(form));
    } finally {
      isSent.value = false;
    }
  };
  return (
    <form
      ref={element}
      onSubmit={submit}
      // Before the field itself hears it: what that draws anew has what is filled in now.
      onInputCapture={({ target }) => {
        const { name, value } = target as HTMLInputElement;
        if (name) fill({ ...filled(), [name]: value });
      }}
    >
      <Around.Provider value={{ filled, errors }}>{children}</Around.Provider>
      {wrong && <Wrong problem={wrong} said={errors} />}
      <div class="row">
        <Button type="submit" needs={needs} kind={kind} isBusy={isSent.value} state={isSent.value ? "sent" : "ready"}>
          {send}
          {isSent.value && " …"}
        </Button>
      </div>
    </form>
  );
}

/** The title is what a browser says of a text that does not match. */
const WHOLE = { inputMode: "numeric", pattern: "[0-9]+", title: "A whole number, such as 12" } as const;
const NUMBER = { inputMode: "decimal", pattern: "[0-9]+([.][0-9]+)?", title: "A number, such as 2 or 1.5" } as const;

interface FieldProps {
  name: string;
  label: string;
  hint?: string;
  value?: string | number | undefined;
  placeholder?: string;
  numeric?: boolean;
  /** A number without a fraction. */
  whole?: boolean;
  /** It is sent in milliseconds, and filled in with these. */
  unit?: Unit;
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
    whole = false,
    unit,
    secret = false,
    atEnd = false,
    onInput,
    ...rest
  } = props;
  const id = useId();
  const { filled, errors } = useContext(Around);
  const wrong = errors.filter((error) => fieldOf(error) === name);
  const value = filled()[name] ?? rest.value;
  const marked = wrong.length > 0 ? ({ "aria-invalid": true, "aria-describedby": `${id}-wrong` } as const) : {};
  const tell = (event: { currentTarget: { value: string } }) => onInput?.(event.currentTarget.value);
  const common = {
    id,
    name,
    autocomplete: "off",
    ...rest,
    value,
    ...marked,
    ...(onInput && { onInput: tell }),
  } as const;
  return (
    <div class="field">
      <label for={id}>
        {label}
        {hint && <span class="soft"> {hint}</span>}
      </label>
      {of ? (
        <select id={id} name={name} value={value} {...marked} {...(onInput && { onInput: tell })}>
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
          {...(numeric && (whole ? WHOLE : NUMBER))}
          {...(secret && { type: "password", spellcheck: false })}
        />
      )}
      {wrong.length > 0 && (
        <p id={`${id}-wrong`} class="bad small">
          {wordsFor(wrong, { ...(unit && { unit }), ...(rest.placeholder && { such: rest.placeholder }) })}
        </p>
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
