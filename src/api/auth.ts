import type { Context, MiddlewareHandler } from "hono";
import type { Env } from "../dos/env.ts";
import { Refusal, refusal } from "../lib/guard.ts";
import { type HostClaims, readHostToken } from "../lib/host-token.ts";
import { type Actor, OPERATOR } from "../lib/origin.ts";
import { type RunClaims, readRunToken } from "../lib/run-token.ts";
import { SCOPES, type Scope } from "../lib/scopes.ts";
import { sameSecret } from "../lib/secrets.ts";
import { signingKeys } from "../lib/signed-token.ts";

const bearer = (c: Context): string => /^Bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1] ?? "";

/** Who asks, and what that one may do. */
export interface Identity {
  actor: Actor;
  scopes: readonly Scope[];
  /** `*`: every town, and what concerns all of them. */
  towns: "*" | readonly string[];
}

const THE_OPERATOR: Identity = { actor: OPERATOR, scopes: SCOPES, towns: "*" };

const IDENTITY = "identity";

/** Every route but those where runs report and hosts join has somebody who asks. */
export const identified: MiddlewareHandler<{ Bindings: Env }> = async (c, next) => {
  const { TOWNKEEPER_TOKEN: token } = c.env;
  if (!token)
    throw new Refusal({
      status: 503,
      code: "no_token",
      detail: "This server has no token, so it may not be used.",
      hint: "Set the secret TOWNKEEPER_TOKEN.",
    });
  if (!(await sameSecret(bearer(c), token))) {
    const hint = "Send `Authorization: Bearer TOKEN`. Of `npm start`, it lies in the file `token` of its state folder.";
    throw new Refusal({ status: 401, code: "unauthenticated", detail: "The bearer token is missing or wrong.", hint });
  }
  c.set(IDENTITY as never, THE_OPERATOR as never);
  return next();
};

export const identityOf = (c: Context): Identity => c.get(IDENTITY) as Identity;

/**
 * The one place where it is decided whether a request may be made.
 *
 * @param town null: it concerns all of them
 * @throws Refusal 403
 */
export function authorize(c: Context, scope: Scope | null, town: string | null): void {
  const { actor, scopes, towns } = identityOf(c);
  if (scope !== null && !scopes.includes(scope))
    throw refusal(
      403,
      "scope_missing",
      `The token ${actor.name} may not do this: it takes the scope ${scope}.`,
      `It has ${scopes.join(", ")}. Who has tokens:admin makes one that has it: POST /v1/tokens.`,
    );
  if (towns === "*" || (town !== null && towns.includes(town))) return;
  throw refusal(
    403,
    "wrong_town",
    `The token ${actor.name} is not for ${town === null ? "all towns" : `town ${town}`}.`,
    `It is for ${towns.join(", ")}.`,
  );
}

/** A run reports as itself: its token names its town, agent, bead and fence, and speaks for nothing else. */
export async function runClaims(c: Context<{ Bindings: Env }>, town: string): Promise<RunClaims> {
  const claims = await readRunToken(signingKeys(c.env), bearer(c));
  if (!claims)
    throw refusal(
      401,
      "unauthenticated",
      "The run token is missing or wrong.",
      "Report with the token of the start request.",
    );
  if (claims.town !== town)
    throw refusal(403, "wrong_town", "This run token is for another town.", "Report to the URL of the start request.");
  if (claims.expiresAtMs === null || claims.expiresAtMs > Date.now()) return claims;
  throw refusal(
    401,
    "token_expired",
    "This run's time, and a day more, is over.",
    "Keep nothing of it: the town gave it up.",
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
