import { Hono } from "hono";
import type { z } from "zod";
import type { Env } from "../dos/env.ts";
import { ANSWERED_MS } from "../dos/town-end.ts";
import type { townSchema } from "../views/town.ts";
import { authorize } from "./auth.ts";
import { onceOf } from "./meta.ts";
import { reconcile, reconcileQuery, removeTown, removeTownQuery, restoreTown } from "./own-operations.ts";
import { paramOf, queryOf, refuseQuery, townOf, unwrap } from "./problem.ts";
import { enlist, strike } from "./towns.ts";

/** What is asked of a town as a whole, beside its commands and queries; below `/v1/towns`. */
export const wholeTowns = new Hono<{ Bindings: Env }>();

wholeTowns.delete("/:town", async (c) => {
  authorize(c, removeTown.scope, paramOf(c, "town"));
  const { forever } = queryOf(c, removeTownQuery);
  const removed = unwrap(await townOf(c).remove(forever)) as object;
  await strike(c, paramOf(c, "town"), forever);
  // Its object ends a moment after it has said so: whoever heard it, and asks by that name again, meets the next one.
  await scheduler.wait(2 * ANSWERED_MS);
  return c.json(removed);
});

wholeTowns.post("/:town/restore", async (c) => {
  authorize(c, restoreTown.scope, paramOf(c, "town"));
  refuseQuery(c);
  const once = await onceOf(c, restoreTown.name, {});
  const restored = unwrap(await townOf(c).restore(once ?? undefined)) as z.output<typeof townSchema>;
  await enlist(c, restored.name, Date.parse(restored.createdAt ?? ""));
  return c.json(restored);
});

wholeTowns.post("/:town/reconcile", async (c) => {
  authorize(c, reconcile.scope, paramOf(c, "town"));
  const { dryRun } = queryOf(c, reconcileQuery);
  const once = await onceOf(c, reconcile.name, {});
  const town = townOf(c);
  const answer = dryRun ? await town.query("preview-plan", {}) : await town.reconcile(once ?? undefined);
  return c.json(unwrap(answer) as object);
});
