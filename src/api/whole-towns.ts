import { Hono } from "hono";
import type { Env } from "../dos/env.ts";
import { authorize } from "./auth.ts";
import { reconcile, reconcileQuery, removeTown } from "./own-operations.ts";
import { paramOf, queryOf, refuseQuery, townOf, unwrap } from "./problem.ts";
import { strike } from "./towns.ts";

/** What is asked of a town as a whole, beside its commands and queries; below `/v1/towns`. */
export const wholeTowns = new Hono<{ Bindings: Env }>();

wholeTowns.delete("/:town", async (c) => {
  authorize(c, removeTown.scope, paramOf(c, "town"));
  refuseQuery(c);
  const removed = unwrap(await townOf(c).remove()) as object;
  await strike(c, paramOf(c, "town"));
  return c.json(removed);
});

wholeTowns.post("/:town/reconcile", async (c) => {
  authorize(c, reconcile.scope, paramOf(c, "town"));
  const { dryRun } = queryOf(c, reconcileQuery);
  return c.json(unwrap(dryRun ? await townOf(c).query("preview-plan", {}) : await townOf(c).reconcile()) as object);
});
