import { z } from "zod";
import { REFUSALS, type RefusalCode } from "../lib/refusal-codes.ts";

const codes = Object.keys(REFUSALS) as RefusalCode[];

/** A refusal: RFC 9457, with a stable `code`, whether a retry can help, and how to mend it. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.enum(codes).describe("a stable word, for programs"),
    detail: z.string().describe("what is wrong, for people"),
    hint: z.string().optional().describe("how to mend it"),
    retryable: z.boolean(),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .describe("each names a field and what it takes"),
  })
  .meta({ id: "Problem" });
