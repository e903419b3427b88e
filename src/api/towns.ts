/** The list of towns: each enters it when it is made, or when it is first reached. */
import { type Context, Hono, type MiddlewareHandler } from "hono";
import type { z } from "zod";
import type { Env } from "../dos/env.ts";
import { iso } from "../lib/time.ts";
import { identityOf, requireScope } from "./auth.ts";
import { refuseCursorOfOther, withMark } from "./cursors.ts";
import { listTowns, type townsPage } from "./own-operations.ts";
import { queryOf } from "./problem.ts";
import { theRegistry } from "./verified.ts";

/** Towns that this isolate knows to be listed. */
const listed = new Set<string>();
const MOST_REMEMBERED = 10_000;

const TOWN = /^\/v1\/towns\/([^/]+)/;

/** What has answered is there, so it is listed: a town of an earlier release too. */
export const enlisted: MiddlewareHandler<{ Bindings: Env }> = async (c, next) => {
  await next();
  const town = TOWN.exec(c.req.path)?.[1];
  if (town === undefined || !c.res.ok || listed.has(town) || c.req.method === "DELETE") return;
  if (listed.size < MOST_REMEMBERED) listed.add(town);
  c.executionCtx.waitUntil(
    Promise.resolve(theRegistry(c.env.REGISTRY).enlist(town, null)).catch(() => listed.delete(town)),
  );
};

/** Before its maker is told that it is there. */
export async function enlist(c: Context<{ Bindings: Env }>, town: string, createdAtMs = Date.now()): Promise<void> {
  await theRegistry(c.env.REGISTRY).enlist(town, createdAtMs);
  listed.add(town);
}

/** @param forever nothing of it is kept */
export async function strike(c: Context<{ Bindings: Env }>, town: string, forever: boolean): Promise<void> {
  listed.delete(town);
  await theRegistry(c.env.REGISTRY).strike(town, forever ? null : Date.now());
}

export const towns = new Hono<{ Bindings: Env }>().get("/", async (c) => {
  requireScope(c, listTowns.scope);
  const { limit, cursor, removed } = queryOf(c, listTowns.query as typeof townsPage);
  const list = { path: c.req.path, words: c.req.query() };
  refuseCursorOfOther(list);
  const { towns: ours } = identityOf(c);
  const found = await theRegistry(c.env.REGISTRY).listTowns({
    limit,
    after: cursor ?? "",
    among: ours === "*" ? null : ours,
    removed,
  });
  const last = found.length === limit ? found.at(-1) : undefined;
  const items = found.map(({ name, createdAtMs, removedAtMs }) => ({
    name,
    createdAt: iso(createdAtMs),
    removedAt: iso(removedAtMs),
  }));
  const answer: z.output<typeof listTowns.output> = { items, nextCursor: last?.name ?? null };
  return c.json(withMark(answer, list));
});
