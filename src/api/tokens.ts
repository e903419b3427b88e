/** Tokens of people and programs, below `/v1/tokens`. */
import { Hono } from "hono";
import type { Env } from "../dos/env.ts";
import { refusal } from "../lib/guard.ts";
import { presetOf } from "../lib/scopes.ts";
import { identityOf } from "./auth.ts";

export const tokens = new Hono<{ Bindings: Env }>()
  .get("/self", (c) => {
    const { actor, scopes, towns } = identityOf(c);
    return c.json({ actor, scopes, preset: presetOf(scopes), towns: towns === "*" ? ["*"] : towns });
  })
  .get("/:token", () => {
    throw refusal(404, "token_not_found", "There is no such token.", "GET /v1/tokens/self shows the one that asks.");
  });
