/** What each route takes. */
import { z } from "zod";
import { yesOrNo } from "../commands/inputs.ts";
import { fence, slug } from "../protocol/common.ts";

export { reportsRequest } from "../protocol/protocol.ts";

export const fenceParam = z
  .string()
  .regex(/^[1-9]\d{0,15}$/, "use an attempt's fence, a whole number from 1: GET …/attempts lists them")
  .transform(Number)
  .pipe(fence);

const limit = z.coerce.number().int().min(1).max(200).default(50);
/** Opaque to callers: where the last page ended. */
const cursor = z
  .string()
  .regex(/^c[0-9a-z]{1,12}$/, "use the nextCursor of the page before")
  .transform((text) => Number.parseInt(text.slice(1), 36))
  .optional();
export const cursorOf = (position: number): string => `c${position.toString(36)}`;

export const dryRunQuery = z.strictObject({ dryRun: yesOrNo });

export const pageQuery = z.strictObject({ limit, cursor });

/** Two places, and what is still to be told; as opaque as the other. */
const place = z
  .string()
  .regex(/^t[0-9a-z]{1,12}-[0-9a-z]{1,12}-(?:x|-?[0-9a-z]{1,12})$/, "use the nextCursor of the page before")
  .transform((text) => {
    const [, step, note, over] = /^t(\w+)-(\w+)-(.+)$/.exec(text) as unknown as [string, string, string, string];
    return {
      step: Number.parseInt(step, 36),
      note: Number.parseInt(note, 36),
      over: over === "x" ? null : Number.parseInt(over, 36),
    };
  })
  .optional();
export const placeOf = ({ step, note, over }: { step: number; note: number; over: number | null }): string =>
  `t${step.toString(36)}-${note.toString(36)}-${over === null ? "x" : over.toString(36)}`;
export const timelineQuery = z.strictObject({ limit, cursor: place });

const rigQuery = z.strictObject({ rig: slug });
/** With neither: all of it. */
export const exportQuery = rigQuery.extend({ limit: z.coerce.number().int().min(1).max(200).optional(), cursor });

export const attemptQuery = z.strictObject({ bead: slug.optional(), limit, cursor });
