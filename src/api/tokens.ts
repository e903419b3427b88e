/** Tokens of people and programs, below `/v1/tokens`. */
import { Hono } from "hono";
import type { Env } from "../dos/env.ts";
import { refusal } from "../lib/guard.ts";
import { presetOf } from "../lib/scopes.ts";
import { identityOf } from "./auth.ts";

/** How the token that asks is called. */
const SELF = "self";

export const tokens = new Hono<{ Bindings: Env }>().get("/:token", (c) => {
  const { actor, scopes, towns } = identityOf(c);
  if (c.req.param("token") !== SELF)
    throw refusal(404, "token_not_found", "There is no such token.", "The token that asks is called self.");
  return c.json({ actor, scopes, preset: presetOf(scopes), towns: towns === "*" ? ["*"] : towns });
});
