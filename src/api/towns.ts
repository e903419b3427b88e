import { Hono } from "hono";
import type { Env } from "../dos/env.ts";
import {
  agentChangeBody,
  agentInput,
  attemptQuery,
  beadEdit,
  cursorOf,
  dependenciesChange,
  fenceParam,
  noQuery,
  pageQuery,
  placeOf,
  preflightBody,
  rigInput,
  stopBody,
  timelineQuery,
  townChange,
  townInput,
  verdictBody,
} from "./contract.ts";
import { created } from "./http.ts";
import { paramOf, parse, queryOf, readJson, townOf, unwrap } from "./problem.ts";
import { healthOf } from "./storage.ts";

const METRICS_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/** Everything an operator can ask of towns, below `/v1/towns`. */
export const towns = new Hono<{ Bindings: Env }>()
  .post("/", async (c) => {
    const { name, ...input } = parse(townInput, await readJson(c));
    return created(c, unwrap(await c.env.TOWN.getByName(name).create(name, input)), name);
  })
  .get("/:town", async (c) => c.json(unwrap(await townOf(c).show())))
  .patch("/:town", async (c) => c.json(unwrap(await townOf(c).change(parse(townChange, await readJson(c))))))
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

  .post("/:town/rigs", async (c) => {
    const rig = unwrap(await townOf(c).addRig(parse(rigInput, await readJson(c))));
    return created(c, rig, rig.id);
  })
  .get("/:town/rigs", async (c) => c.json({ items: unwrap(await townOf(c).rigs()) }))

  .get("/:town/rigs/:rig", async (c) => c.json(unwrap(await townOf(c).rig(paramOf(c, "rig")))))

  .post("/:town/agents", async (c) => {
    const agent = unwrap(await townOf(c).addAgent(parse(agentInput, await readJson(c))));
    return created(c, agent, agent.id);
  })
  .get("/:town/agents", async (c) => c.json({ items: unwrap(await townOf(c).agents()) }))
  .get("/:town/agents/:agent", async (c) => c.json(unwrap(await townOf(c).agent(paramOf(c, "agent")))))

  .get("/:town/beads/:bead", async (c) => c.json(unwrap(await townOf(c).bead(paramOf(c, "bead")))))
  .patch("/:town/beads/:bead", async (c) => {
    const bead = paramOf(c, "bead");
    return c.json(unwrap(await townOf(c).editBead(bead, parse(beadEdit, await readJson(c)))));
  })
  .get("/:town/beads/:bead/timeline", async (c) => {
    const { cursor, limit } = queryOf(c, timelineQuery);
    const { items, next } = unwrap(await townOf(c).timeline(paramOf(c, "bead"), limit, cursor));
    return c.json({ items, nextCursor: next && placeOf(next) });
  })
  .post("/:town/beads/:bead/reopen", async (c) => {
    const bead = paramOf(c, "bead");
    return c.json(unwrap(await townOf(c).reopenBead({ bead, ...parse(verdictBody, await readJson(c)) })));
  })
  .post("/:town/beads/:bead/close", async (c) => {
    const bead = paramOf(c, "bead");
    return c.json(unwrap(await townOf(c).closeBead({ bead, ...parse(verdictBody, await readJson(c)) })));
  })
  .post("/:town/beads/:bead/dependencies", async (c) => {
    const bead = paramOf(c, "bead");
    return c.json(unwrap(await townOf(c).changeDependencies(bead, parse(dependenciesChange, await readJson(c)))));
  })
  .patch("/:town/agents/:agent", async (c) => {
    const agent = paramOf(c, "agent");
    return c.json(unwrap(await townOf(c).changeAgent({ agent, ...parse(agentChangeBody, await readJson(c)) })));
  })
  .post("/:town/agents/:agent/stop", async (c) => {
    const agent = paramOf(c, "agent");
    return c.json(unwrap(await townOf(c).stopAgent({ agent, ...parse(stopBody, await readJson(c)) })));
  })
  .post("/:town/agents/:agent/preflight", async (c) => {
    const { call } = parse(preflightBody, await readJson(c, {}));
    return c.json(unwrap(await townOf(c).preflight(paramOf(c, "agent"), call)));
  })
  .get("/:town/attempts/:fence", async (c) => c.json(unwrap(await townOf(c).attempt(paramOf(c, "fence", fenceParam)))))
  .get("/:town/attempts/:fence/log", async (c) => c.json(unwrap(await townOf(c).log(paramOf(c, "fence", fenceParam)))))
  .get("/:town/attempts", async (c) => {
    const { cursor, ...query } = queryOf(c, attemptQuery);
    const items = unwrap(await townOf(c).attempts({ ...query, before: cursor }));
    const last = items.length === query.limit ? items.at(-1) : undefined;
    return c.json({ items, nextCursor: last ? cursorOf(last.fence) : null });
  });
