/** Changes what is there: what is another than before is sent, for the version that was read. What was written outlives a refusal. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { changed as changedBy, Problem, problemOf, versioned } from "../api.ts";
import { scopeOf } from "../scopes.ts";
import { Dialog } from "./dialog.tsx";
import { draftOf, type Fields, Form, keepDraft } from "./form.tsx";
import { Wrong } from "./problem.tsx";

interface What<T> {
  path: string;
  /** Its fields, as they are filled in. */
  textsOf: (thing: T) => Fields;
  /** What is sent. @param changed of `all` what is another than it was */
  bodyOf: (changed: Fields, all: Fields, before: T) => Record<string, unknown>;
  children: (texts: Fields, thing: T) => ComponentChildren;
}

interface InPlace<T> extends What<T> {
  /** Read again when it is another, while nothing is written. */
  mark?: unknown;
  /** @param isSent whether anything was another than before */
  onDone: (isSent: boolean, thing: T) => void;
}

interface Props<T> extends What<T> {
  title: string;
  /** What is written is there still when it is opened again. */
  keeps?: boolean;
  onClose: (thing?: T) => void;
}

interface Read<T> {
  thing: T;
  texts: Fields;
  version: string;
}

/** What drafts that are kept were begun with: they change that, and not what is there by then. */
const begun = new Map<string, Read<unknown>>();

/** By which the form of what lies there keeps what is filled in. */
export const draftFor = (path: string): string => `edit ${path}`;

const CHANGED_SINCE = 412;

const differing = (from: Fields, to: Fields): string[] =>
  Object.keys(to).filter((name) => to[name] !== (from[name] ?? ""));

export function Edit<T>({ title, keeps = false, onClose, ...what }: Props<T>) {
  const close = (): void => {
    if (!keeps) keepDraft(draftFor(what.path), undefined);
    onClose();
  };
  return (
    <Dialog title={title} onClose={close}>
      <EditForm<T>
        {...what}
        onDone={(isSent, thing) => {
          keepDraft(draftFor(what.path), undefined);
          onClose(isSent ? thing : undefined);
        }}
      />
    </Dialog>
  );
}

/** The form alone. It stays, with what is there now, if nobody closes what it stands in. */
export function EditForm<T>({ path, textsOf, bodyOf, mark, children, onDone }: InPlace<T>) {
  const draft = draftFor(path);
  const read = useSignal<Read<T> | null>(null);
  const problem = useSignal<Problem | null>(null);
  const isKept = useSignal(false);
  const readOf = ({ value: thing, version }: { value: T; version: string }): Read<T> => ({
    ...{ thing, texts: textsOf(thing), version },
  });
  const look = async (): Promise<Read<T>> => readOf(await versioned<T>(path));
  const found = (what: Read<T>): void => {
    begun.set(draft, what);
    problem.value = null;
    read.value = what;
  };
  const begin = (): void => {
    look().then(
      (what) => {
        // Whoever has begun to write meanwhile changes what stood there then.
        if (read.peek() === null || !draftOf(draft)) found(what);
      },
      (error) => {
        problem.value = problemOf(error);
      },
    );
  };
  useEffect(() => {
    const former = draftOf(draft) && (begun.get(draft) as Read<T> | undefined);
    isKept.value = former !== undefined;
    if (former) read.value = former;
    else begin();
  }, []);
  useEffect(() => {
    if (read.peek() !== null && !draftOf(draft)) begin();
  }, [mark]);
  const { value: base } = read;
  useEffect(() => {
    document.querySelector<HTMLElement>("dialog[open] form :is(input, textarea, select)")?.focus();
  }, [base === null]);
  const send = async (fields: Fields): Promise<void> => {
    if (base === null) return;
    const changed = differing(base.texts, fields);
    const body = bodyOf(Object.fromEntries(changed.map((name) => [name, fields[name] ?? ""])), fields, base.thing);
    const isSent = Object.keys(body).length > 0;
    const now = isSent ? await save(base, fields, changed, body) : await look();
    found(now);
    isKept.value = false;
    onDone(isSent, now.thing);
  };
  const save = async (from: Read<T>, fields: Fields, changed: string[], body: object): Promise<Read<T>> => {
    try {
      return readOf(await changedBy<T>({ method: "PATCH", path, body, version: from.version }));
    } catch (error) {
      if (problemOf(error).status !== CHANGED_SINCE) throw error;
      const now = await look();
      const theirs = differing(from.texts, now.texts).filter((name) => name in fields);
      const marked = theirs.filter((name) => now.texts[name] !== fields[name]);
      // What is no field of this form, or the same in both, is not in its way.
      if (marked.length === 0) return save({ ...from, version: now.version }, fields, changed, body);
      keepDraft(draft, {
        ...fields,
        ...pick(
          now.texts,
          theirs.filter((name) => !changed.includes(name)),
        ),
      });
      begun.set(draft, now);
      read.value = now;
      throw changedSince(now.texts, marked, changed);
    }
  };
  if (base === null) return problem.value ? <Wrong problem={problem.value} /> : <p class="soft">Looking at it …</p>;
  return (
    <Form send="Save" needs={[scopeOf({ path })]} draft={draft} onSend={send}>
      {isKept.value && (
        <p class="row soft small">
          What you wrote before is still here.
          <button
            type="button"
            class="button"
            onClick={() => {
              keepDraft(draft, undefined);
              isKept.value = false;
              read.value = null;
              begin();
            }}
          >
            Begin anew
          </button>
        </p>
      )}
      {children(base.texts, base.thing)}
    </Form>
  );
}

const SHOWN = 200;
const brief = (text: string): string => (text.length > SHOWN ? `${text.slice(0, SHOWN)} …` : text);

const pick = (fields: Fields, names: readonly string[]): Fields =>
  Object.fromEntries(names.map((name) => [name, fields[name] ?? ""]));

/** Each field says what somebody else has made of it. */
function changedSince(now: Fields, marked: readonly string[], mine: readonly string[]): Problem {
  const message = (name: string): string =>
    mine.includes(name)
      ? `Somebody else made this of it: “${brief(now[name] ?? "")}”. Saved again, yours takes its place.`
      : "Somebody else changed it, to what stands here now.";
  return new Problem({
    code: "version_passed",
    status: CHANGED_SINCE,
    detail:
      "Somebody else changed it while you wrote, so nothing is saved yet. What you wrote is still here: look at it, and save again.",
    errors: marked.map((path) => ({ path, message: message(path) })),
  });
}
