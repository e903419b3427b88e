/** Who looks: a token that this tab keeps until it is closed. It never stands in a path or a query. */
import { signal } from "@preact/signals";

const KEY = "townkeeper.token";
const TOKEN = /^[\w.~+/=-]{8,4000}$/;

export const token = signal<string | null>(null);
/** Why the last one went. */
export const signedOutFor = signal<string | null>(null);

/** Takes the token of a link, which stands behind its `#` and so is sent to no server, and takes it out of the address. */
export function beginSession(): void {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given !== null) history.replaceState(null, "", location.pathname + location.search);
  if (given !== null && TOKEN.test(given)) keepToken(given);
  else token.value = sessionStorage.getItem(KEY);
}

export function keepToken(given: string): void {
  sessionStorage.setItem(KEY, given);
  signedOutFor.value = null;
  token.value = given;
}

export function forgetToken(why: string | null): void {
  sessionStorage.removeItem(KEY);
  signedOutFor.value = why;
  token.value = null;
}
