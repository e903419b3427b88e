/** What somebody chose in this browser, and finds again. */
import { effect, type Signal, signal } from "@preact/signals";

/** @param name of what is chosen, for good: it is stored */
export function kept(name: string, usual: boolean): Signal<boolean> {
  const key = `townkeeper.${name}`;
  const chosen = signal(read(key) ?? usual);
  effect(() => {
    try {
      if (chosen.value === usual) localStorage.removeItem(key);
      else localStorage.setItem(key, String(chosen.value));
    } catch {
      // A browser may keep nothing: then it is so until the page is left.
    }
  });
  return chosen;
}

function read(key: string): boolean | null {
  try {
    const text = localStorage.getItem(key);
    return text === null ? null : text === "true";
  } catch {
    return null;
  }
}
