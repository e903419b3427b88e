import { z } from "zod";
import { readTown } from "../db/town-row.ts";
import { DEAD_MAN_MS } from "../reconciler/limits.ts";
import { defineQuery } from "./define.ts";
import { checkPart } from "./invariants.ts";
import { cursorOf, page } from "./page.ts";

export const readInvariantsQuery = defineQuery({
  name: "read-invariants",
  path: "/invariants",
  scope: "metrics:read",
  summary:
    "Checks the town's rows against what must always hold: what lives, and then the history, some of it with each page.",
  query: z.strictObject({ cursor: page.cursor }),
  output: z.object({
    violations: z.array(z.object({ invariant: z.string(), detail: z.string() })),
    beads: z
      .object({ checked: z.int(), of: z.int() })
      .describe("how far it is: of the beads' numbers, those up to here are checked"),
    nextCursor: z.string().nullable().describe("goes on with the history; null: all is checked"),
  }),
  read(tx, { cursor = 0 }, { nowMs }) {
    const { found, next } = checkPart(tx, nowMs, DEAD_MAN_MS, cursor);
    const { lastBead } = readTown(tx);
    return {
      violations: found,
      beads: { checked: Math.min(next ?? lastBead, lastBead), of: lastBead },
      nextCursor: next === null ? null : cursorOf(next),
    };
  },
});
