import { Hono } from "hono";
import type { Env } from "../dos/env.ts";
import { ANSWERED_MS } from "../dos/town-end.ts";
import { authorize } from "./auth.ts";
import { onceOf } from "./meta.ts";
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
  // Its object ends a moment after it has said so: whoever heard it, and asks by that name again, meets the next one.
  await scheduler.wait(2 * ANSWERED_MS);
  return c.json(removed);
});

wholeTowns.post("/:town/reconcile", async (c) => {
  authorize(c, reconcile.scope, paramOf(c, "town"));
  const { dryRun } = queryOf(c, reconcileQuery);
  const once = await onceOf(c, reconcile.name, {});
  const town = townOf(c);
  const answer = dryRun ? await town.query("preview-plan", {}) : await town.reconcile(once ?? undefined);
  return c.json(unwrap(answer) as object);
});
