/** What many answers have in them. */
import { z } from "zod";
import type { Failure } from "../db/schema.ts";
import { iso } from "../lib/time.ts";
import { failureKind } from "../protocol/failures.ts";

/** ISO 8601. Null: not yet, or never; and what a row has in place of a time. */
export const time = z.iso.datetime().nullable();

export const failureSchema = z
  .object({ kind: z.enum([...failureKind.options, "withdrawn"]), code: z.string(), message: z.string(), at: time })
  .meta({ id: "Failure", description: "How a run or a landing failed." });

export const failureView = (failure: Failure | null): z.output<typeof failureSchema> | null =>
  failure && { kind: failure.kind, code: failure.code, message: failure.message, at: iso(failure.atMs) };
