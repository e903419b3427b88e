/** Keys that work on every page, and the list of all of them. */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { go, type PageName, pathTo } from "../route.ts";
import { Dialog } from "./dialog.tsx";

export const helpIsOpen = signal(false);

const GO: Record<string, PageName> = {
  n: "now",
  b: "board",
  v: "review",
  l: "loop",
  a: "agents",
  c: "convoys",
  s: "settings",
};

const LIST: readonly [string, string][] = [
  ["?", "these keys"],
  ["g n", "Now"],
  ["g b", "Board"],
  ["g v", "Review"],
  ["g l", "Loop"],
  ["g a", "Agents and hosts"],
  ["g c", "Convoys"],
  ["g s", "Settings"],
  ["/", "search on the board"],
  ["+", "create a bead"],
  ["j k", "the next, the one before, in Review"],
  ["r", "return what is shown in Review, with a comment"],
  ["Esc", "closes what is open"],
];

const isTyping = (event: KeyboardEvent): boolean =>
  event.target instanceof HTMLElement && event.target.matches("input, textarea, select, [contenteditable]");

/** @param keys what is done for each */
export function useKeys(keys: Record<string, () => void>): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event) || document.querySelector("dialog[open]"))
        return;
      const act = keys[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  });
}

/** After `g`, for so long, a letter is a page. */
const CHORD_MS = 1_500;
let chordAtMs = Number.NEGATIVE_INFINITY;

export function useCommonKeys(create: () => void): void {
  const letters = Object.entries(GO).map(([key, page]) => [
    key,
    () => {
      if (performance.now() - chordAtMs < CHORD_MS) go(pathTo(page));
    },
  ]);
  useKeys({
    ...Object.fromEntries(letters),
    g: () => {
      chordAtMs = performance.now();
    },
    "?": () => {
      helpIsOpen.value = true;
    },
    "+": create,
  });
}

export function Help() {
  if (!helpIsOpen.value) return null;
  const close = () => {
    helpIsOpen.value = false;
  };
  return (
    <Dialog title="Keys" onClose={close}>
      <dl class="facts">
        {LIST.map(([key, what]) => (
          <>
            <dt>
              {key.split(" ").map((one) => (
                <>
                  <kbd>{one}</kbd>{" "}
                </>
              ))}
            </dt>
            <dd>{what}</dd>
          </>
        ))}
      </dl>
    </Dialog>
  );
}
