/**
 * Whose a `tk_` token is. The registry knows; what it said is remembered in this isolate for a few seconds, so that a request costs no
 * extra hop. So long a token that was revoked may still be taken.
 */
import type { Env } from "../dos/env.ts";
import type { Token } from "../dos/registry/tokens.ts";
import { sha256Hex } from "../lib/secrets.ts";
import { idOf } from "./token-text.ts";

/** How long what the registry said is taken for true. */
const REMEMBERED_MS = 10_000;
const MOST_REMEMBERED = 2_000;

const remembered = new Map<string, { token: Token | null; untilMs: number }>();

/** Null: nobody's. It may be over: expired, or revoked. */
export async function tokenBehind({ REGISTRY: registry }: Env, text: string): Promise<Token | null> {
  const id = idOf(text);
  if (id === null) return null;
  const hash = await sha256Hex(text);
  const nowMs = Date.now();
  const known = remembered.get(hash);
  if (known && nowMs < known.untilMs) return known.token;
  const token = await theRegistry(registry).verifyToken(id, hash);
  remembered.delete(hash);
  remembered.set(hash, { token, untilMs: nowMs + REMEMBERED_MS });
  for (const oldest of remembered.keys()) if (remembered.size > MOST_REMEMBERED) remembered.delete(oldest);
  return token;
}

/** A token was made, changed or revoked here: here at least that holds at once. */
export const forgetTokens = (): void => remembered.clear();

/** There is one. */
export const theRegistry = (registry: Env["REGISTRY"]) => registry.getByName("registry");
