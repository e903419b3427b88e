import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** Worlds that once broke an invariant, with what was wrong. They are lived through again with every test run. */
const regression = z.strictObject({
  note: z.string().min(1),
  seed: z.int(),
  hours: z.int().positive().optional(),
  restless: z.boolean().optional(),
  joined: z.boolean().optional(),
  troubled: z.boolean().optional(),
  /** The faults that are enough; left out: all that the seed brings. */
  only: z.array(z.string()).optional(),
});

export const regressions = z
  .array(regression)
  .parse(JSON.parse(readFileSync(join(import.meta.dirname, "regressions.json"), "utf8")));
