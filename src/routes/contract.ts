/** What each route takes. */
import { z } from "zod";
import { agentChange, beadInput, cancelInput, retryInput, stopInput } from "../events/inputs.ts";
import { settingsSchema } from "../lib/settings.ts";
import { fence, slug } from "../ports/protocol.ts";

export { agentInput, beadEdit, beadsInput, dependenciesChange, rigInput, townChange } from "../events/inputs.ts";
export { reportsRequest } from "../ports/protocol.ts";

export const townInput = z.strictObject({ name: slug, settings: settingsSchema.prefault({}) });

/** The bead or agent stands in the path. */
export const cancelBody = cancelInput.omit({ bead: true });
export const retryBody = retryInput.omit({ bead: true });
export const stopBody = stopInput.omit({ agent: true });

export const agentChangeBody = agentChange.omit({ agent: true });

export const fenceParam = z.coerce.number().pipe(fence);

/** One bead, without a name in a batch. */
export const oneBeadInput = beadInput;

const limit = z.coerce.number().int().min(1).max(200).default(50);
/** Opaque to callers: where the last page ended. */
const cursor = z
  .string()
  .regex(/^c[0-9a-z]{1,12}$/, "use the nextCursor of the page before")
  .transform((text) => Number.parseInt(text.slice(1), 36))
  .optional();
export const cursorOf = (position: number): string => `c${position.toString(36)}`;

export const beadQuery = z.strictObject({
  status: z.enum(["open", "in_progress", "in_review", "closed", "failed", "cancelled"]).optional(),
  rig: slug.optional(),
  limit,
  cursor,
});

export const noQuery = z.strictObject({});

export const pageQuery = z.strictObject({ limit, cursor });

export const attemptQuery = z.strictObject({ bead: slug.optional(), limit, cursor });
