/**
 * Who looks: a token that this tab keeps until it is closed. It never stands in a path or a query. Of one that may make others only a
 * day's is kept, which can do what an operator does and no more; until that is there, the one that was given is asked with.
 */
import { batch, signal } from "@preact/signals";

const KEY = "townkeeper.token";
const TOKEN = /^[\w.~+/=-]{8,4000}$/;
/** To do what is done on a page. Tokens are made with one that is given for just that (`lent`), towns at a terminal. */
const OWN = { name: "page", preset: "operator", towns: ["*"], expiresInDays: 1 };
const PATIENCE_MS = 5_000;
/** What may do more than this tab is put away by itself. */
const LENT_MS = 15 * 60_000;

/** In place of a token: what stands before this server has signed the browser in, and says so with each request. */
const SIGNED_IN_BEFORE = "";

export const token = signal<string | null>(null);
/** It is the one that this tab keeps, and not one that is about to be exchanged for that. */
export const isSettled = signal(false);
/** Why the last one went. */
export const signedOutFor = signal<string | null>(null);
/** A token that may do what this tab's may not, given for just that. It is kept in memory alone, and not for long. */
export const lent = signal<string | null>(null);

export const NO_TOKEN = "That is no token: it has eight letters, digits and signs at least, and no space.";
/** Of anything else a browser makes no header. */
export const isToken = (text: string): boolean => TOKEN.test(text);

/** Takes the token of a link, which stands behind its `#` and so is sent to no server, and takes it out of the address. */
export function beginSession(): void {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given !== null) history.replaceState(null, "", location.pathname + location.search);
  if (given !== null && isToken(given)) void keepToken(given);
  else {
    token.value = sessionStorage.getItem(KEY);
    isSettled.value = true;
    if (given !== null && token.value === null) signedOutFor.value = NO_TOKEN;
    if (token.value === null) void askWhetherSignedIn();
  }
}

async function askWhetherSignedIn(): Promise<void> {
  const answer = await fetch("/v1/tokens/self", { signal: AbortSignal.timeout(PATIENCE_MS) }).catch(() => null);
  if (answer?.ok && token.value === null) token.value = SIGNED_IN_BEFORE;
}

/** Asks with it at once, so that nothing waits for the other one; what is kept is that one. */
export async function keepToken(given: string): Promise<void> {
  batch(() => {
    signedOutFor.value = null;
    isSettled.value = false;
    token.value = given;
  });
  const own = await ownToken(given);
  // The first request told that it is not taken.
  if (token.peek() !== given) return;
  if (own !== null) sessionStorage.setItem(KEY, own);
  batch(() => {
    token.value = own ?? given;
    isSettled.value = true;
  });
}

/** What this tab is to keep of a token. Null: nothing, since that could not be found out. */
async function ownToken(given: string): Promise<string | null> {
  try {
    const response = await fetch("/v1/tokens", {
      method: "POST",
      headers: { authorization: `Bearer ${given}`, "content-type": "application/json" },
      body: JSON.stringify(OWN),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (response.ok) return ((await response.json()) as { token: string }).token;
    // It makes no others.
    return response.status === 403 ? given : null;
  } catch {
    return null;
  }
}

let putAway: ReturnType<typeof setTimeout> | undefined;

/** @param given null: it is put away */
export function lend(given: string | null): void {
  clearTimeout(putAway);
  lent.value = given;
  if (given !== null) putAway = setTimeout(lend, LENT_MS, null);
}

/** One that is not taken any more is not asked with again. */
export function recall(given: string): void {
  if (given === lent.peek()) lend(null);
}

export function forgetToken(why: string | null): void {
  sessionStorage.removeItem(KEY);
  lend(null);
  signedOutFor.value = why;
  token.value = null;
}
