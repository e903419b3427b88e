/**
 * Whether this tab may hold a connection. A browser has six to a server, for all its tabs together, and keeps pages that were left, with
 * what they hold: so a page that is left lets go at once, and one that nobody looks at soon.
 */
import { touched } from "./store/touched.ts";

const HIDDEN_MS = 30_000;

/** Why a request was given up by this page itself. */
export class Away extends Error {}

let leaving = new AbortController();
let going = new AbortController();
const waiting = new Set<() => void>();
const heard = new Set<(why: Away) => void>();
let timer: ReturnType<typeof setTimeout> | undefined;

/** Ends every request, once the page is left. */
export const untilLeft = (): AbortSignal => leaving.signal;

/** Waits until a connection may be held. @returns what ends it when that is so no more */
export async function present(): Promise<AbortSignal> {
  while (going.signal.aborted) await new Promise<void>((resolve) => waiting.add(resolve));
  return going.signal;
}

/** Told when connections are let go. @returns ends that */
export function onAway(tell: (why: Away) => void): () => void {
  heard.add(tell);
  if (going.signal.aborted) tell(going.signal.reason);
  return () => heard.delete(tell);
}

function leave(why: string): void {
  if (going.signal.aborted) return;
  const away = new Away(why);
  going.abort(away);
  for (const tell of heard) tell(away);
}

function comeBack(): void {
  // It may be shown again a moment before it is said to be back.
  if (!going.signal.aborted || leaving.signal.aborted) return;
  going = new AbortController();
  for (const goOn of waiting) goOn();
  waiting.clear();
}

const hide = () => leave("Nobody looked at this tab, so it let go of its connection.");

addEventListener("pagehide", () => {
  leaving.abort(new Away("The page was left before the answer came."));
  leave("This page was left, and so let go of its connection.");
});
addEventListener("pageshow", ({ persisted }) => {
  if (!persisted) return;
  leaving = new AbortController();
  if (!document.hidden) comeBack();
  // What was asked when it was left has come to nothing.
  touched();
});
document.addEventListener("visibilitychange", () => {
  clearTimeout(timer);
  if (document.hidden) timer = setTimeout(hide, HIDDEN_MS);
  else comeBack();
});
// Opened behind another tab, it may never be looked at.
if (document.hidden) hide();
