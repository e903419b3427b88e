import { Hono } from "hono";
import type { Env } from "../dos/env.ts";
import { cursorOf, pageQuery } from "./contract.ts";
import { queryOf, townOf, unwrap } from "./problem.ts";

/** What is for a person to read, and to dismiss: facts that could never be applied, and what nothing can end; below `/v1/towns`. */
export const quarantine = new Hono<{ Bindings: Env }>()
  .get("/:town/quarantine", async (c) => {
    const { cursor, limit } = queryOf(c, pageQuery);
    const items = unwrap(await townOf(c).quarantine({ limit, before: cursor }));
    const last = items.length === limit ? items.at(-1) : undefined;
    return c.json({ items, nextCursor: last ? cursorOf(last.id) : null });
  })
  .get("/:town/unreadable", async (c) => {
    const { cursor, limit } = queryOf(c, pageQuery);
    const items = unwrap(await townOf(c).unreadable({ limit, before: cursor }));
    const last = items.length === limit ? items.at(-1) : undefined;
    return c.json({ items, nextCursor: last ? cursorOf(last.id) : null });
  });
