import { Hono } from "hono";
import type { Env } from "../dos/env.ts";
import { cursorOf, noQuery, pageQuery } from "./contract.ts";
import { paramOf, queryOf, townOf, unwrap } from "./problem.ts";
import { healthOf } from "./storage.ts";

const METRICS_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/** Everything an operator can ask of towns, below `/v1/towns`. */
export const towns = new Hono<{ Bindings: Env }>()
  .get("/:town", async (c) => c.json(unwrap(await townOf(c).show())))
  .get("/:town/health", async (c) => c.json(await healthOf(c.env, paramOf(c, "town"))))
  .get("/:town/attention", async (c) => {
    queryOf(c, noQuery);
    return c.json(unwrap(await townOf(c).attention()));
  })
  .get("/:town/metrics", async (c) => c.body(unwrap(await townOf(c).metrics()), 200, { "content-type": METRICS_TYPE }))
  .get("/:town/incidents", async (c) => {
    const { cursor, limit } = queryOf(c, pageQuery);
    const items = unwrap(await townOf(c).incidents({ limit, before: cursor })) as { id: number }[]; // evidence is any JSON
    const last = items.length === limit ? items.at(-1) : undefined;
    return c.json({ items, nextCursor: last ? cursorOf(last.id) : null });
  })
  .get("/:town/ticks", async (c) => {
    const { cursor, limit } = queryOf(c, pageQuery);
    const items = unwrap(await townOf(c).ticks({ limit, before: cursor }));
    const last = items.length === limit ? items.at(-1) : undefined;
    return c.json({ items, nextCursor: last ? cursorOf(last.tick) : null });
  })

  .get("/:town/rigs", async (c) => c.json({ items: unwrap(await townOf(c).rigs()) }))

  .get("/:town/rigs/:rig", async (c) => c.json(unwrap(await townOf(c).rig(paramOf(c, "rig")))))

  .get("/:town/agents", async (c) => c.json({ items: unwrap(await townOf(c).agents()) }))
  .get("/:town/agents/:agent", async (c) => c.json(unwrap(await townOf(c).agent(paramOf(c, "agent")))));
