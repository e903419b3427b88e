import { z } from "zod";
import { attempts, beads } from "../db/schema.ts";
import { time } from "./common.ts";

/** Why a bead is where it is. */
export const explanationSchema = z
  .object({
    bead: z.string(),
    status: z.enum(beads.status.enumValues),
    summary: z.string().describe("in one sentence"),
    runsAs: z.int().nullable().describe("the fence of the attempt that is live now"),
    gates: z
      .array(z.object({ gate: z.string(), ok: z.boolean(), why: z.string().nullable(), until: time }))
      .describe("every gate in its way, in order, and when it opens by itself"),
    nextLookAt: time.describe("when the town looks at it again by itself; null: when something else happens"),
    lastTry: z
      .object({
        fence: z.int(),
        kind: z.enum(attempts.kind.enumValues),
        tail: z.string().describe("its last lines; empty: it printed nothing, or that is kept no more"),
      })
      .nullable()
      .describe("what the newest try that came to nothing printed last"),
    unblock: z
      .object({
        what: z.string(),
        request: z
          .string()
          .nullable()
          .describe("the one request that opens the gate; null: time does, or the work of others"),
        command: z.string().nullable().describe("the words of `npm run town` that do the same"),
      })
      .nullable()
      .describe("what a person can do about the first gate that is shut"),
  })
  .meta({ id: "Explanation" });
