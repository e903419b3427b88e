import type { Context, MiddlewareHandler } from "hono";
import type { Env } from "../dos/env.ts";
import { Refusal } from "../lib/guard.ts";
import { type RunClaims, readRunToken, sameSecret } from "../lib/run-token.ts";

const bearer = (c: Context): string => /^Bearer (\S+)$/.exec(c.req.header("authorization") ?? "")?.[1] ?? "";

/** The operator's token guards every route but the one where runs report. */
export const operatorOnly: MiddlewareHandler<{ Bindings: Env }> = async (c, next) => {
  const { TOWNKEEPER_TOKEN: token } = c.env;
  if (!token)
    throw new Refusal({
      status: 503,
      code: "no_token",
      detail: "This server has no token, so nobody may use it.",
      hint: "Set the secret TOWNKEEPER_TOKEN.",
    });
  if (await sameSecret(bearer(c), token)) return next();
  const hint = "Send `Authorization: Bearer TOKEN`. Of `npm start`, it lies in the file `token` of its state folder.";
  throw new Refusal({ status: 401, code: "unauthenticated", detail: "The bearer token is missing or wrong.", hint });
};

/** A run reports as itself: its token names its town, agent, bead and fence, and speaks for nothing else. */
export async function runClaims(c: Context<{ Bindings: Env }>, town: string): Promise<RunClaims> {
  const claims = c.env.RUN_TOKEN_KEY ? await readRunToken(c.env.RUN_TOKEN_KEY, bearer(c)) : null;
  if (!claims)
    throw new Refusal({
      status: 401,
      code: "unauthenticated",
      detail: "The run token is missing or wrong.",
      hint: "Report with the token of the start request.",
    });
  if (claims.town !== town)
    throw new Refusal({
      status: 403,
      code: "wrong_town",
      detail: "This run token is for another town.",
      hint: "Report to the URL of the start request.",
    });
  return claims;
}
