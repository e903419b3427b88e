import { Hono } from "hono";
import type { Env } from "../dos/env.ts";
import { authorize } from "./auth.ts";
import { reconcile, reconcileQuery } from "./own-operations.ts";
import { paramOf, queryOf, townOf, unwrap } from "./problem.ts";

/** What keeps work from starting, and what opens it; below `/v1/towns`. */
export const gates = new Hono<{ Bindings: Env }>().post("/:town/reconcile", async (c) => {
  authorize(c, reconcile.scope, paramOf(c, "town"));
  const { dryRun } = queryOf(c, reconcileQuery);
  return c.json(unwrap(dryRun ? await townOf(c).query("preview-plan", {}) : await townOf(c).reconcile()) as object);
});
