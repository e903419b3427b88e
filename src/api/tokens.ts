/** Tokens of people and programs, below `/v1/tokens`; and those of pages, below a town. */
import { type Context, Hono } from "hono";
import type { z } from "zod";
import type { Env } from "../dos/env.ts";
import type { Token } from "../dos/registry/tokens.ts";
import { Refusal, refusal } from "../lib/guard.ts";
import { parse } from "../lib/read-body.ts";
import { PRESETS, presetOf, type Scope } from "../lib/scopes.ts";
import { sha256Hex } from "../lib/secrets.ts";
import { signingKeys } from "../lib/signed-token.ts";
import { iso } from "../lib/time.ts";
import { cursorOf } from "../queries/page.ts";
import { authorize, identityOf } from "./auth.ts";
import { refuseCursorOfOther, withMark } from "./cursors.ts";
import { created } from "./http.ts";
import type { Identity } from "./identity.ts";
import { onceOf } from "./meta.ts";
import { paramOf, queryOf, readJson, refuseQuery, townOf, unwrap } from "./problem.ts";
import { mintSession, SESSION_MS, SESSION_SCOPES } from "./session-text.ts";
import * as contract from "./token-operations.ts";
import { newToken } from "./token-text.ts";
import { forgetTokens, theRegistry } from "./verified.ts";

type C = Context<{ Bindings: Env }>;
type Shown = z.output<typeof contract.tokenSchema>;

const DAY_MS = 86_400_000;

export const tokens = new Hono<{ Bindings: Env }>();

tokens.get("/", async (c) => {
  authorize(c, contract.listTokens.scope, null);
  const { limit, cursor } = queryOf(c, contract.tokensPage);
  const list = { path: c.req.path, words: c.req.query() };
  refuseCursorOfOther(list);
  const found = await theRegistry(c.env.REGISTRY).listTokens(limit, cursor);
  const last = found.length === limit ? found.at(-1) : undefined;
  return c.json(withMark({ items: found.map(shown), nextCursor: last ? cursorOf(last.seq) : null }, list));
});

tokens.post("/", async (c) => {
  authorize(c, contract.createToken.scope, null);
  refuseQuery(c);
  const input = parse(contract.newTokenInput, await readJson(c));
  const scopes = input.scopes ?? [...PRESETS[input.preset ?? "viewer"]];
  refuseMore(identityOf(c), scopes);
  const once = await onceOf(c, "create-token", input);
  const again = once && once.key;
  const { id, token } = await newToken(() => signingKeys(c.env), again);
  const given = {
    ...{ id, name: input.name, towns: input.towns, scopes, print: once && once.print },
    hash: await sha256Hex(token),
    createdBy: identityOf(c).actor,
    expiresAtMs: Date.now() + input.expiresInDays * DAY_MS,
  };
  const made = unwrap(await theRegistry(c.env.REGISTRY).makeToken(given));
  forgetTokens();
  return created(c, { ...shown(made), token }, id);
});

tokens.get("/:token", async (c) => {
  const id = idIn(c);
  if (id !== contract.SELF) authorize(c, contract.listTokens.scope, null);
  refuseQuery(c);
  if (id === contract.SELF) return c.json(await self(c));
  return c.json(shown((await theRegistry(c.env.REGISTRY).readToken(id)) ?? none(id)));
});

tokens.delete("/:token", async (c) => {
  authorize(c, contract.revokeToken.scope, null);
  refuseQuery(c);
  const id = idIn(c);
  const revoked = await theRegistry(c.env.REGISTRY).revokeToken(id);
  forgetTokens();
  return c.json(shown(revoked ?? none(id)));
});

tokens.post("/:token/rotate", async (c) => {
  authorize(c, contract.rotateToken.scope, null);
  refuseQuery(c);
  const id = idIn(c);
  const input = parse(contract.rotationInput, await readJson(c, {}));
  const before = (await theRegistry(c.env.REGISTRY).readToken(id)) ?? none(id);
  // Who is told its secret has all that it may do.
  refuseMore(identityOf(c), before.scopes);
  const once = await onceOf(c, "rotate-token", { id, ...input });
  const { token } = await newToken(() => signingKeys(c.env), once && `${once.key} ${once.print}`, id);
  const nowMs = Date.now();
  const rotated = await theRegistry(c.env.REGISTRY).rotateToken(id, {
    hash: await sha256Hex(token),
    formerUntilMs: nowMs + input.overlapMinutes * 60_000,
    expiresAtMs: nowMs + input.expiresInDays * DAY_MS,
  });
  forgetTokens();
  return c.json({ ...shown(rotated ?? none(id)), token });
});

/** Below `/v1/towns`. */
export const sessions = new Hono<{ Bindings: Env }>().post("/:town/session-tokens", async (c) => {
  const town = paramOf(c, "town");
  authorize(c, contract.createSession.scope, town);
  refuseQuery(c);
  const { actor, scopes, isSession } = identityOf(c);
  if (isSession)
    throw refusal(403, "wrong_kind", "A session's token makes no others.", "Ask with the token that it was made with.");
  const reads = SESSION_SCOPES.filter((scope) => scopes.includes(scope));
  const expiresAtMs = await sessionsEnd(c);
  const token = await mintSession(signingKeys(c.env), { town, expiresAtMs, scopes: reads, actor });
  return c.json({ token, town, scopes: reads, expiresAt: iso(expiresAtMs) }, 201);
});

/** A token is its claims, signed: the same ones make the same token again, and none is stored. */
async function sessionsEnd(c: C): Promise<number> {
  const endsMs = Date.now() + SESSION_MS;
  const once = await onceOf(c, contract.createSession.name, {});
  return once ? (unwrap(await townOf(c).toldOnce(once, endsMs)) as number) : endsMs;
}

const idIn = (c: C): string => paramOf(c, "token", contract.tokenId);

function none(id: string): never {
  throw refusal(404, "token_not_found", `There is no token ${id}, or it was revoked.`, "GET /v1/tokens lists them.");
}

/** Nobody gives what one has not. */
function refuseMore({ scopes: own, actor }: Identity, scopes: readonly Scope[]): void {
  const missing = scopes.filter((scope) => !own.includes(scope));
  if (missing.length === 0) return;
  throw new Refusal({
    status: 403,
    code: "scope_missing",
    detail: `The token ${actor.name} has not itself what it would give: ${missing.join(", ")}.`,
    hint: `It has ${own.join(", ")}.`,
  });
}

function shown(token: Token): Shown {
  const { id, name, towns, scopes, createdBy, createdAtMs, expiresAtMs, lastUsedAtMs, revokedAtMs } = token;
  const state = revokedAtMs !== null ? "revoked" : expiresAtMs <= Date.now() ? "expired" : "good";
  return {
    ...{ id, type: "token", name, towns, scopes, preset: presetOf(scopes), state, createdBy },
    createdAt: iso(createdAtMs),
    expiresAt: iso(expiresAtMs),
    lastUsedAt: iso(lastUsedAtMs),
    revokedAt: iso(revokedAtMs),
  };
}

/** The one that asks. */
async function self(c: C): Promise<Shown> {
  const { actor, scopes, towns, isSession, expiresAtMs } = identityOf(c);
  const token = actor.type === "token" && !isSession ? await theRegistry(c.env.REGISTRY).readToken(actor.id) : null;
  if (token) return shown(token);
  return {
    ...{ id: actor.id, type: isSession ? "session" : actor.type, name: actor.name },
    ...{ towns: towns === "*" ? ["*"] : [...towns], scopes: [...scopes], preset: presetOf(scopes), state: "good" },
    ...{ createdBy: null, createdAt: null, expiresAt: iso(expiresAtMs), lastUsedAt: null, revokedAt: null },
  };
}
