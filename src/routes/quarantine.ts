import { Hono } from "hono";
import type { Env } from "../dos/env.ts";
import { cursorOf, eventParam, pageQuery } from "./contract.ts";
import { paramOf, queryOf, townOf, unwrap } from "./problem.ts";

/** Facts that could never be applied: for a person to read, and to dismiss; below `/v1/towns`. */
export const quarantine = new Hono<{ Bindings: Env }>()
  .get("/:town/quarantine", async (c) => {
    const { cursor, limit } = queryOf(c, pageQuery);
    const items = unwrap(await townOf(c).quarantine({ limit, before: cursor }));
    const last = items.length === limit ? items.at(-1) : undefined;
    return c.json({ items, nextCursor: last ? cursorOf(last.id) : null });
  })
  .delete("/:town/quarantine", async (c) => c.json(unwrap(await townOf(c).dismiss(null))))
  .delete("/:town/quarantine/:event", async (c) =>
    c.json(unwrap(await townOf(c).dismiss(paramOf(c, "event", eventParam)))),
  );
