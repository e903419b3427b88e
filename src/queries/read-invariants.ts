import { z } from "zod";
import { DEAD_MAN_MS } from "../reconciler/limits.ts";
import { defineQuery } from "./define.ts";
import { checkInvariants } from "./invariants.ts";

export const readInvariantsQuery = defineQuery({
  name: "read-invariants",
  path: "/invariants",
  scope: "metrics:read",
  summary: "Checks the town's rows against what must always hold.",
  output: z.object({ violations: z.array(z.object({ invariant: z.string(), detail: z.string() })) }),
  read: (tx, _, { nowMs }) => ({ violations: checkInvariants(tx, nowMs, DEAD_MAN_MS) }),
});
