/** What many answers have in them. */
import { z } from "zod";
import type { Breaker, Failure, Pause } from "../db/schema.ts";
import { iso } from "../lib/time.ts";
import { failureKind } from "../protocol/failures.ts";

/** ISO 8601. Null: not yet, or never; and what a row has in place of a time. */
export const time = z.iso.datetime().nullable();

export const failureSchema = z
  .object({ kind: z.enum([...failureKind.options, "withdrawn"]), code: z.string(), message: z.string(), at: time })
  .meta({ id: "Failure", description: "How a run or a landing failed." });

export const failureView = (failure: Failure | null): z.output<typeof failureSchema> | null =>
  failure && { kind: failure.kind, code: failure.code, message: failure.message, at: iso(failure.atMs) };

const pauseFields = z.object({
  by: z.string(),
  why: z.string(),
  since: time,
  until: time.describe("when it ends by itself; null: when an operator resumes it"),
});
/** Null: it is not paused. */
export const pauseSchema = pauseFields.meta({ id: "Pause" }).nullable();

export const pauseView = (pause: Pause | null): z.output<typeof pauseSchema> =>
  pause && { by: pause.by, why: pause.why, since: iso(pause.sinceMs), until: iso(pause.untilMs) };

const breakerFields = z.object({
  open: z.boolean(),
  failures: z.int().describe("in a row"),
  since: time,
  nextTryAt: time,
  failure: failureSchema.nullable(),
});
/** Null: the host is well. */
export const breakerSchema = breakerFields.meta({ id: "Breaker" }).nullable();

export const breakerView = (breaker: Breaker | null): z.output<typeof breakerSchema> =>
  breaker && {
    open: breaker.openUntilMs !== null,
    failures: breaker.failures,
    since: iso(breaker.sinceMs),
    nextTryAt: iso(breaker.openUntilMs),
    failure: failureView(breaker.failure),
  };
