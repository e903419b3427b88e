import { Hono } from "hono";
import type { Env } from "../dos/env.ts";
import { attemptQuery, cursorOf, fenceParam, placeOf, timelineQuery } from "./contract.ts";
import { paramOf, queryOf, townOf, unwrap } from "./problem.ts";

/** What an operator can ask of work and of runs, below `/v1/towns`. */
export const towns = new Hono<{ Bindings: Env }>()
  .get("/:town/beads/:bead", async (c) => c.json(unwrap(await townOf(c).bead(paramOf(c, "bead")))))
  .get("/:town/beads/:bead/timeline", async (c) => {
    const { cursor, limit } = queryOf(c, timelineQuery);
    const { items, next } = unwrap(await townOf(c).timeline(paramOf(c, "bead"), limit, cursor));
    return c.json({ items, nextCursor: next && placeOf(next) });
  })
  .get("/:town/attempts/:fence", async (c) => c.json(unwrap(await townOf(c).attempt(paramOf(c, "fence", fenceParam)))))
  .get("/:town/attempts/:fence/log", async (c) => c.json(unwrap(await townOf(c).log(paramOf(c, "fence", fenceParam)))))
  .get("/:town/attempts", async (c) => {
    const { cursor, ...query } = queryOf(c, attemptQuery);
    const items = unwrap(await townOf(c).attempts({ ...query, before: cursor }));
    const last = items.length === query.limit ? items.at(-1) : undefined;
    return c.json({ items, nextCursor: last ? cursorOf(last.fence) : null });
  });
