/**
 * Tokens that are signed, not stored: `prefix keyId.claims.signature`, with the claims as JSON in base64url and an HMAC-SHA256
 * over all that stands before it. The prefix is signed too, so a token of one sort never passes for another. They are verified
 * before any town wakes, so what a stranger makes up costs one signature.
 */
import { Refusal } from "./guard.ts";
import { remembered } from "./remembered.ts";

export interface SigningKey {
  /** Stands in each token, so that a key can be replaced while tokens of the former one are still good. */
  id: string;
  secret: string;
}

/** The key of a server that has only the one. */
const SINGLE_KEY = "main";

/** Longer than any token of ours: four names of 60 characters and a few numbers. */
const MAX_TOKEN_CHARS = 1_000;
const LEAST_SECRET_CHARS = 16;
const PAIR = new RegExp(`^([a-z0-9-]{1,20}):(\\S{${LEAST_SECRET_CHARS},})$`);

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * The keys of a server, newest first: the first one signs, all are taken.
 *
 * @param env `RUN_TOKEN_KEYS`: `id:secret` pairs with commas between; `RUN_TOKEN_KEY`: the single key, the last of the list
 * @throws Refusal 503 if there is none, or the list can't be read
 */
export function signingKeys(env: {
  RUN_TOKEN_KEYS?: string | undefined;
  RUN_TOKEN_KEY?: string | undefined;
}): [SigningKey, ...SigningKey[]] {
  const pairs = (env.RUN_TOKEN_KEYS ?? "").split(",").map((pair) => pair.trim());
  const keys = pairs.filter(Boolean).map(keyOf);
  if (env.RUN_TOKEN_KEY) keys.push({ id: SINGLE_KEY, secret: env.RUN_TOKEN_KEY });
  const [first, ...others] = keys;
  if (!first) throw noKeys("This server has no key to sign tokens with.");
  if (new Set(keys.map(({ id }) => id)).size < keys.length) throw noKeys("Two signing keys have the same id.");
  return [first, ...others];
}

/** The pair itself is secret: only what one looks like is told. */
function keyOf(pair: string): SigningKey {
  const [, id, secret] = PAIR.exec(pair) ?? [];
  if (id !== undefined && secret !== undefined) return { id, secret };
  throw noKeys("RUN_TOKEN_KEYS can't be read.");
}

function noKeys(detail: string): Refusal {
  const hint = `Set the secret RUN_TOKEN_KEY, or RUN_TOKEN_KEYS as "id:secret,id:secret": ids of lower-case letters, digits and dashes, each once and not "${SINGLE_KEY}" beside RUN_TOKEN_KEY; secrets of ${LEAST_SECRET_CHARS} characters or more, without spaces and commas.`;
  return new Refusal({ status: 503, code: "no_signing_key", detail, hint });
}

/** The imported key of each secret: there are few, and every report is verified with one. */
const hmacKey = remembered((secret) =>
  crypto.subtle.importKey("raw", encoder.encode(secret), { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]),
);

/** @param claims anything that is JSON */
export async function signToken(
  [key]: [SigningKey, ...SigningKey[]],
  prefix: string,
  claims: unknown,
): Promise<string> {
  const signed = `${prefix}${key.id}.${base64url(encoder.encode(JSON.stringify(claims)))}`;
  const signature = await crypto.subtle.sign("HMAC", await hmacKey(key.secret), encoder.encode(signed));
  return `${signed}.${base64url(new Uint8Array(signature))}`;
}

/** The claims of a token that one of these keys signed, or null. Nothing of it is parsed before that is known. */
export async function readToken(keys: readonly SigningKey[], prefix: string, token: string): Promise<unknown> {
  const [id, claims, signature, rest] = partsOf(prefix, token);
  const key = keys.find((each) => each.id === id);
  if (!key || !claims || !signature || rest !== undefined) return null;
  return readSigned(key, encoder.encode(`${prefix}${id}.${claims}`), claims, signature);
}

/** The claims of a run's token as it was before keys had ids: `prefix claims.signature`, signed with the single key. */
export async function readFormerToken(keys: readonly SigningKey[], prefix: string, token: string): Promise<unknown> {
  const [claims, signature, rest] = partsOf(prefix, token);
  const key = keys.find(({ id }) => id === SINGLE_KEY);
  if (!key || !claims || !signature || rest !== undefined) return null;
  return readSigned(key, null, claims, signature);
}

const partsOf = (prefix: string, token: string): string[] =>
  token.startsWith(prefix) && token.length <= MAX_TOKEN_CHARS ? token.slice(prefix.length).split(".") : [];

/** Verification is constant-time. @param signed what the signature is over; null: the claims' own bytes */
async function readSigned(
  key: SigningKey,
  signed: BufferSource | null,
  claims: string,
  signature: string,
): Promise<unknown> {
  try {
    const bytes = fromBase64url(claims);
    const isOurs = await crypto.subtle.verify(
      "HMAC",
      await hmacKey(key.secret),
      fromBase64url(signature),
      signed ?? bytes,
    );
    return isOurs ? JSON.parse(decoder.decode(bytes)) : null;
  } catch {
    return null; // not base64, not JSON: not ours
  }
}

const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

function fromBase64url(text: string): Uint8Array<ArrayBuffer> {
  const raw = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = new Uint8Array(raw.length);
  for (let index = 0; index < raw.length; index++) bytes[index] = raw.charCodeAt(index);
  return bytes;
}

/** What makes one token differ from another with the same claims. */
export const newSerial = (): string => base64url(crypto.getRandomValues(new Uint8Array(16)));

/** The same, for a request that may be sent again: always the same for it, and nobody guesses it without the key. */
export async function serialFrom([key]: [SigningKey, ...SigningKey[]], request: string): Promise<string> {
  const mac = await crypto.subtle.sign("HMAC", await hmacKey(key.secret), encoder.encode(`serial ${request}`));
  return base64url(new Uint8Array(mac).slice(0, 16));
}
