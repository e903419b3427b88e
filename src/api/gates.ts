import { Hono } from "hono";
import { z } from "zod";
import { yesOrNo } from "../commands/inputs.ts";
import type { Env } from "../dos/env.ts";
import { authorize } from "./auth.ts";
import { paramOf, queryOf, townOf, unwrap } from "./problem.ts";

const dryRunQuery = z.strictObject({ dryRun: yesOrNo });

/** What keeps work from starting, and what opens it; below `/v1/towns`. */
export const gates = new Hono<{ Bindings: Env }>().post("/:town/reconcile", async (c) => {
  authorize(c, "work:control", paramOf(c, "town"));
  const { dryRun } = queryOf(c, dryRunQuery);
  return c.json(unwrap(dryRun ? await townOf(c).query("preview-plan", {}) : await townOf(c).reconcile()) as object);
});
