/** Keys, and the list of all of them. A key presses what is on the page and names it, so what is not there can't be pressed unseen. */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { go, type PageName, pathTo } from "../route.ts";
import { kept } from "../store/kept.ts";
import { Dialog } from "./dialog.tsx";

export const helpIsOpen = signal(false);
/** Off, for who speaks to the machine or types by accident. */
const areOn = kept("keys", true);

const KEYS = {
  "On every page": {
    "?": "these keys",
    "+": "create a bead",
    ".": "times as dates, or as how long ago",
  },
  "On the board": { "/": "search" },
  "In Review": {
    j: "the next",
    k: "the one before",
    o: "open it",
    a: "land it: try again what its rig's trouble keeps",
    r: "return it with a comment",
  },
  "For a bead, on its page and in Review": {
    e: "edit it",
    t: "try it again",
    h: "hold it, or release it",
    d: "close it as done, or reopen it",
    x: "cancel it",
  },
} as const;
type Where = keyof typeof KEYS;
export type Key = { [W in Where]: keyof (typeof KEYS)[W] }[Where];

/** What a key presses, or goes to: a button, a link, a field. */
export const pressedBy = (key: Key) => ({ "aria-keyshortcuts": key });

/** Beside the words of what it presses. */
export const KeyHint = ({ of }: { of: Key }) =>
  areOn.value ? (
    <span class="hint" aria-hidden="true">
      <kbd>{of}</kbd>
    </span>
  ) : null;

const GO: Readonly<Record<string, readonly [PageName, string]>> = {
  n: ["now", "Now"],
  b: ["board", "Board"],
  v: ["review", "Review"],
  l: ["loop", "Loop"],
  a: ["agents", "Agents and hosts"],
  c: ["convoys", "Convoys"],
  s: ["settings", "Settings"],
};
/** After `g`, for so long, a letter is a page. */
const CHORD_MS = 1_500;

const isTyping = ({ target }: KeyboardEvent): boolean =>
  target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable]");

/** Sends the form that is filled in, by its button: which can't be pressed while it is sent. */
function send(event: KeyboardEvent): void {
  const form = event.target instanceof HTMLElement ? event.target.closest("form") : null;
  if (form) event.preventDefault();
  form?.querySelector<HTMLButtonElement>("button[type=submit]")?.click();
}

/** Held down, these go on; anything else is done once. */
const REPEATED = "jk";

function press(key: string): boolean {
  const pressed = [...document.querySelectorAll<HTMLElement>("[aria-keyshortcuts]")].find(
    (element) => element.getAttribute("aria-keyshortcuts") === key,
  );
  if (pressed instanceof HTMLInputElement) pressed.focus();
  else pressed?.click();
  return pressed !== undefined;
}

export function useKeys(): void {
  useEffect(() => {
    let chordAtMs = Number.NEGATIVE_INFINITY;
    const onKey = (event: KeyboardEvent) => {
      const { key } = event;
      if (key === "Enter" && (event.ctrlKey || event.metaKey) && !event.repeat) return send(event);
      if (!areOn.peek() || event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
      if (document.querySelector("dialog[open]") || (event.repeat && !REPEATED.includes(key))) return;
      const isChord = performance.now() - chordAtMs < CHORD_MS;
      chordAtMs = key === "g" ? performance.now() : Number.NEGATIVE_INFINITY;
      const [page] = (isChord && GO[key]) || [];
      if (page) go(pathTo(page));
      if (page || press(key)) event.preventDefault();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
}

const Line = ({ keys, what }: { keys: readonly string[]; what: string }) => (
  <>
    <dt>
      {keys.map((key) => (
        <>
          <kbd>{key}</kbd>{" "}
        </>
      ))}
    </dt>
    <dd>{what}</dd>
  </>
);

export function Help() {
  if (!helpIsOpen.value) return null;
  const close = () => {
    helpIsOpen.value = false;
  };
  return (
    <Dialog title="Keys" onClose={close}>
      <label class="row">
        <input
          type="checkbox"
          checked={areOn.value}
          onChange={(event) => {
            areOn.value = event.currentTarget.checked;
          }}
        />
        Single keys are heard
      </label>
      {Object.entries(KEYS).map(([where, keys]) => (
        <section key={where} class="section">
          <h2>{where}</h2>
          <dl class="facts">
            {Object.entries(keys).map(([key, what]) => (
              <Line key={key} keys={[key]} what={what} />
            ))}
            {where === "On every page" && (
              <>
                {Object.entries(GO).map(([key, [page, word]]) => (
                  <Line key={page} keys={["g", key]} what={word} />
                ))}
                <Line keys={["Ctrl+Enter"]} what="sends what is filled in" />
                <Line keys={["Esc"]} what="closes what is open" />
              </>
            )}
          </dl>
        </section>
      ))}
    </Dialog>
  );
}
