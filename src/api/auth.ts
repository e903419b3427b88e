import type { Context, MiddlewareHandler } from "hono";
import type { Env } from "../dos/env.ts";
import { Refusal, refusal } from "../lib/guard.ts";
import { type HostClaims, readHostToken } from "../lib/host-token.ts";
import { OPERATOR } from "../lib/origin.ts";
import { SCOPES, type Scope } from "../lib/scopes.ts";
import { sameSecret } from "../lib/secrets.ts";
import { signingKeys } from "../lib/signed-token.ts";
import { personBehind } from "./access.ts";
import type { Identity } from "./identity.ts";
import { readSession, SESSION_PREFIX } from "./session-text.ts";
import { TOKEN_PREFIX } from "./token-text.ts";
import { tokenBehind } from "./verified.ts";

export const bearer = (c: Context): string => /^Bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1] ?? "";

const THE_OPERATOR: Identity = {
  actor: OPERATOR,
  scopes: SCOPES,
  towns: "*",
  expiresAtMs: null,
  isSession: false,
};

const IDENTITY = "identity";

/** Every route but those where runs report and hosts join has somebody who asks. */
export const identified: MiddlewareHandler<{ Bindings: Env }> = async (c, next) => {
  const { TOWNKEEPER_TOKEN: own } = c.env;
  if (!own)
    throw new Refusal({
      status: 503,
      code: "no_token",
      detail: "This server has no token, so it may not be used.",
      hint: "Set the secret TOWNKEEPER_TOKEN.",
    });
  const protocol = sessionInProtocol(c);
  // Who sends a token is meant by it, also where Access knows the person.
  const sent = protocol ?? c.req.header("authorization");
  const person = sent === undefined ? await personBehind(c) : null;
  const identity = person ?? (await behind(c.env, own, protocol ?? bearer(c)));
  c.set(IDENTITY as never, identity as never);
  await next();
  // A browser hangs up where none of the protocols that it has named is taken.
  if (protocol !== null && c.res.status === 101)
    c.res = new Response(null, {
      status: 101,
      webSocket: c.res.webSocket,
      headers: { "sec-websocket-protocol": STREAM_PROTOCOL },
    });
};

/** A page can put no header on a WebSocket, so it names two protocols: this one, and its session's token. */
const STREAM_PROTOCOL = "townkeeper";

function sessionInProtocol(c: Context): string | null {
  const [first, second] = (c.req.header("sec-websocket-protocol") ?? "").split(",").map((name) => name.trim());
  return first === STREAM_PROTOCOL && second?.startsWith(SESSION_PREFIX) ? second : null;
}

/** @throws Refusal 401 */
async function behind(env: Env, own: string, token: string): Promise<Identity> {
  if (await sameSecret(token, own)) return THE_OPERATOR;
  if (token.startsWith(SESSION_PREFIX)) return sessionBehind(env, token);
  const found = token.startsWith(TOKEN_PREFIX) ? await tokenBehind(env, token) : null;
  if (!found) {
    const hint = "Send `Authorization: Bearer TOKEN`. Of `npm start`, it lies in the file `token` of its state folder.";
    throw new Refusal({ status: 401, code: "unauthenticated", detail: "The bearer token is missing or wrong.", hint });
  }
  const { id, name, scopes, towns, expiresAtMs, revokedAtMs } = found;
  if (revokedAtMs !== null)
    throw refusal(401, "token_replaced", `The token ${name} was revoked.`, "Ask whoever gave it to you for another.");
  refuseExpired(`The token ${name}`, expiresAtMs);
  const actor = { type: "token" as const, id, name };
  return { actor, scopes, towns: towns.includes("*") ? "*" : towns, expiresAtMs, isSession: false };
}

async function sessionBehind(env: Env, token: string): Promise<Identity> {
  const session = await readSession(signingKeys(env), token);
  if (!session)
    throw refusal(
      401,
      "unauthenticated",
      "The session's token is wrong.",
      "The page asks for a new one by itself; a program asks at session-tokens of the town.",
    );
  const { actor, scopes, town, expiresAtMs } = session;
  refuseExpired("The session's token", expiresAtMs);
  return { actor, scopes, towns: [town], expiresAtMs, isSession: true };
}

function refuseExpired(what: string, expiresAtMs: number): void {
  if (Date.now() < expiresAtMs) return;
  throw refusal(401, "token_expired", `${what} has expired.`, "Make another one, or have one made: POST /v1/tokens.");
}

export const identityOf = (c: Context): Identity => c.get(IDENTITY) as Identity;

/**
 * The one place where it is decided whether a request may be made.
 *
 * @param town null: it concerns all of them
 * @throws Refusal 403
 */
export function authorize(c: Context, scope: Scope | null, town: string | null): void {
  requireScope(c, scope);
  const { actor, towns } = identityOf(c);
  if (towns === "*" || (town !== null && towns.includes(town))) return;
  throw refusal(
    403,
    "wrong_town",
    `The token ${actor.name} is not for ${town === null ? "all towns" : `town ${town}`}.`,
    `It is for ${towns.join(", ")}.`,
  );
}

/** For what shows of each town only what the token may see. @throws Refusal 403 */
export function requireScope(c: Context, scope: Scope | null): void {
  const { actor, scopes } = identityOf(c);
  if (scope === null || scopes.includes(scope)) return;
  throw refusal(
    403,
    "scope_missing",
    `The token ${actor.name} may not do this: it takes the scope ${scope}.`,
    `It has ${scopes.join(", ")}. Who has tokens:admin makes one that has it: POST /v1/tokens.`,
  );
}

/** A host joins as itself. Whether its town still knows this very token is for the town to say. */
export async function requireHost(c: Context<{ Bindings: Env }>, { town, host }: HostClaims): Promise<void> {
  const claims = await readHostToken(signingKeys(c.env), bearer(c));
  if (!claims)
    throw refusal(
      401,
      "unauthenticated",
      "The host's token is missing, wrong, or from before tokens of hosts were signed.",
      "`POST …/hosts/{host}/token` makes a new one.",
    );
  if (claims.town === town && claims.host === host) return;
  throw refusal(
    403,
    "wrong_host",
    `This token is of host ${claims.host} of town ${claims.town}, and this is where host ${host} of town ${town} joins.`,
    "Join at the URL that came with the token.",
  );
}
