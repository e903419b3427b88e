/** Tokens of pages and streams: short-lived, for reading, of one town, signed. Nobody is asked whether one is good. */
import { type Actor, actorSchema } from "../lib/origin.ts";
import type { Scope } from "../lib/scopes.ts";
import { readToken, type SigningKey, signToken } from "../lib/signed-token.ts";

export const SESSION_PREFIX = "tks_";

/** Longer than it takes a page to ask for the next one; a token that is revoked lives on in its sessions for so long at most. */
export const SESSION_MS = 15 * 60_000;

/** What it may do, where the token that it is made with may. */
export const SESSION_SCOPES = ["beads:read", "logs:read", "metrics:read"] as const satisfies Scope[];

interface Session {
  town: string;
  expiresAtMs: number;
  scopes: Scope[];
  actor: Actor;
}

/** The scopes by their place in the list. */
type Signed = [string, number, number[], Actor["type"], string, string];

export const mintSession = (
  keys: [SigningKey, ...SigningKey[]],
  { town, expiresAtMs, scopes, actor }: Session,
): Promise<string> => {
  const places = SESSION_SCOPES.flatMap((scope, place) => (scopes.includes(scope) ? place : []));
  const name = actor.name.slice(0, MAX_NAME);
  return signToken(keys, SESSION_PREFIX, [town, expiresAtMs, places, actor.type, actor.id, name] satisfies Signed);
};

/** So that no name makes it longer than a token may be. */
const MAX_NAME = 60;

/** Null: no key of ours signed it. Whether it is over is for the caller to see. */
export async function readSession(keys: readonly SigningKey[], token: string): Promise<Session | null> {
  const signed = (await readToken(keys, SESSION_PREFIX, token)) as Signed | null;
  if (!signed) return null;
  const [town, expiresAtMs, places, type, id, name] = signed;
  const scopes = places.flatMap((place) => SESSION_SCOPES[place] ?? []);
  return { town, expiresAtMs, scopes, actor: actorSchema.parse({ type, id, name }) };
}
