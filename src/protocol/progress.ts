/** What a run tells of itself beside how it ends: what it used, and what it is at. */
import { z } from "zod";
import { listOf, words } from "./bounded.ts";

/** What a run used, where its program tells; an account that can't be read is none. */
export const usage = z
  .object({
    inputTokens: z.int().nonnegative(),
    outputTokens: z.int().nonnegative(),
    cachedTokens: z.int().nonnegative(),
    costUsd: z.number().nonnegative().nullable(),
  })
  .optional()
  .catch(undefined);

const brief = words(300);
/** The newest of what the agent does. */
export const step = z.object({
  plan: listOf(z.object({ text: brief, status: brief }), 30, (left) => ({
    text: `… and ${left} more`,
    status: "",
  })).optional(),
  tool: z.object({ title: brief, status: brief }).optional(),
  message: brief.optional(),
});
export type StepReport = z.infer<typeof step>;
