import { Hono } from "hono";
import type { Env } from "../dos/env.ts";
import { breakerClose, dryRunQuery, rigChangeBody, rigPreflightBody } from "./contract.ts";
import { paramOf, parse, queryOf, readJson, townOf, unwrap } from "./problem.ts";

/** What keeps work from starting, and what opens it; below `/v1/towns`. */
export const gates = new Hono<{ Bindings: Env }>()
  .post("/:town/reconcile", async (c) => {
    const { dryRun } = queryOf(c, dryRunQuery);
    return c.json(unwrap(dryRun ? await townOf(c).preview() : await townOf(c).reconcile()));
  })
  .get("/:town/beads/:bead/explain", async (c) => c.json(unwrap(await townOf(c).explain(paramOf(c, "bead")))))
  .patch("/:town/rigs/:rig", async (c) => {
    const rig = paramOf(c, "rig");
    return c.json(unwrap(await townOf(c).changeRig({ rig, ...parse(rigChangeBody, await readJson(c)) })));
  })
  .post("/:town/rigs/:rig/preflight", async (c) => {
    const { begin } = parse(rigPreflightBody, await readJson(c, {}));
    return c.json(unwrap(await townOf(c).preflightRig(paramOf(c, "rig"), begin)));
  })
  .post("/:town/rigs/:rig/landings/retry", async (c) =>
    c.json(unwrap(await townOf(c).retryLandings(paramOf(c, "rig")))),
  )
  .post("/:town/providers/:provider/retry", async (c) =>
    c.json(unwrap(await townOf(c).retryProvider(paramOf(c, "provider")))),
  )
  .post("/:town/breaker/close", async (c) =>
    c.json(unwrap(await townOf(c).closeBreaker(parse(breakerClose, await readJson(c, {}))))),
  );
