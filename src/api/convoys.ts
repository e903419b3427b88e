import { Hono } from "hono";
import type { Env } from "../dos/env.ts";
import { cursorOf, pageQuery } from "./contract.ts";
import { paramOf, queryOf, townOf, unwrap } from "./problem.ts";

/** Beads that belong together, below `/v1/towns`. */
export const convoys = new Hono<{ Bindings: Env }>()
  .get("/:town/convoys", async (c) => {
    const { cursor, limit } = queryOf(c, pageQuery);
    const rows = unwrap(await townOf(c).convoys({ limit, before: cursor }));
    const last = rows.length === limit ? rows.at(-1) : undefined;
    return c.json({ items: rows.map(({ view }) => view), nextCursor: last ? cursorOf(last.seq) : null });
  })
  .get("/:town/convoys/:convoy", async (c) => c.json(unwrap(await townOf(c).convoy(paramOf(c, "convoy")))));
