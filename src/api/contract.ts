/** What each route takes. */
import { z } from "zod";
import { yesOrNo } from "../commands/inputs.ts";

export { reportsRequest } from "../protocol/protocol.ts";

const limit = z.coerce.number().int().min(1).max(200).default(50);
/** Opaque to callers: where the last page ended. */
const cursor = z
  .string()
  .regex(/^c[0-9a-z]{1,12}$/, "use the nextCursor of the page before")
  .transform((text) => Number.parseInt(text.slice(1), 36))
  .optional();
export const cursorOf = (position: number): string => `c${position.toString(36)}`;

export const noQuery = z.strictObject({});

export const dryRunQuery = z.strictObject({ dryRun: yesOrNo });

export const pageQuery = z.strictObject({ limit, cursor });
