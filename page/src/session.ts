/**
 * Who looks: a token that this tab keeps until it is closed. It never stands in a path or a query. Of one that may make others only a
 * day's is kept, which can do what an operator does and no more.
 */
import { signal } from "@preact/signals";

const KEY = "townkeeper.token";
const TOKEN = /^[\w.~+/=-]{8,4000}$/;
/** To do what is done on a page; tokens and towns are made and removed elsewhere. */
const OWN = { name: "page", preset: "operator", towns: ["*"], expiresInDays: 1 };
const PATIENCE_MS = 5_000;

/** In place of a token: what stands before this server has signed the browser in, and says so with each request. */
const SIGNED_IN_BEFORE = "";

export const token = signal<string | null>(null);
/** Why the last one went. */
export const signedOutFor = signal<string | null>(null);

/** Takes the token of a link, which stands behind its `#` and so is sent to no server, and takes it out of the address. */
export async function beginSession(): Promise<void> {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given !== null) history.replaceState(null, "", location.pathname + location.search);
  if (given !== null && TOKEN.test(given)) await keepToken(given);
  else token.value = sessionStorage.getItem(KEY) ?? ((await isSignedInBefore()) ? SIGNED_IN_BEFORE : null);
}

async function isSignedInBefore(): Promise<boolean> {
  try {
    return (await fetch("/v1/tokens/self", { signal: AbortSignal.timeout(PATIENCE_MS) })).ok;
  } catch {
    return false;
  }
}

export async function keepToken(given: string): Promise<void> {
  const own = (await ownToken(given)) ?? given;
  sessionStorage.setItem(KEY, own);
  signedOutFor.value = null;
  token.value = own;
}

/** Null: the one that was given makes no others, or is not taken at all, which the first request tells. */
async function ownToken(given: string): Promise<string | null> {
  try {
    const response = await fetch("/v1/tokens", {
      method: "POST",
      headers: { authorization: `Bearer ${given}`, "content-type": "application/json" },
      body: JSON.stringify(OWN),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    return response.ok ? ((await response.json()) as { token: string }).token : null;
  } catch {
    return null;
  }
}

export function forgetToken(why: string | null): void {
  sessionStorage.removeItem(KEY);
  signedOutFor.value = why;
  token.value = null;
}
