import { eq } from "drizzle-orm";
import { z } from "zod";
import type { Tx } from "../db/client.ts";
import { type Attempt, attempts } from "../db/schema.ts";
import { readTown } from "../db/town-row.ts";
import { refusal } from "../lib/guard.ts";
import { fence } from "../protocol/common.ts";
import { attemptSchema, attemptView } from "../views/attempt.ts";
import { defineQuery } from "./define.ts";

/** An attempt, as it stands in a path. */
export const fenceParam = z
  .string()
  .regex(/^[1-9]\d{0,15}$/, "use an attempt's fence, a whole number from 1: GET …/attempts lists them")
  .transform(Number)
  .pipe(fence);

export const readAttemptQuery = defineQuery({
  name: "read-attempt",
  path: "/attempts/{fence}",
  scope: "beads:read",
  summary: "Shows an attempt.",
  params: { fence: fenceParam },
  output: attemptSchema,
  read: (tx, { fence }) => attemptView(existingAttempt(tx, fence)),
});

/** @throws Refusal 404; 410 when there was such an attempt */
export function existingAttempt(tx: Tx, fence: number): Attempt {
  const attempt = tx.select().from(attempts).where(eq(attempts.fence, fence)).get();
  if (attempt) return attempt;
  if (fence <= readTown(tx).lastFence)
    throw refusal(
      410,
      "attempt_pruned",
      `Attempt ${fence} is gone, with its bead.`,
      "The town's `retention` says how long they are kept.",
    );
  throw refusal(404, "attempt_not_found", `There is no attempt ${fence}.`, "GET …/attempts lists them.");
}
