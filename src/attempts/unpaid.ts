/**
 * Runs that cost no budget: their provider's limit, a key that is not taken, a host that died under them. Each may cost money all
 * the same, so they are bounded by the day (UTC). A start that no host took is none, nor is a landing: they cost nobody anything,
 * and a host that is away for a night must not park all that waits for it.
 */

import type { Attempt, Bead } from "../db/schema.ts";
import type { StepContext } from "../db/step.ts";
import { counted } from "../lib/text.ts";
import { dayOf } from "../lib/time.ts";

/** @param uncertain nobody knows whether it ran at all */
export function unpaidAfter(
  { unpaidTries, unpaidDay }: Bead,
  { kind, acceptedAtMs }: Attempt,
  uncertain: boolean,
  { nowMs }: StepContext,
): Pick<Bead, "unpaidTries" | "unpaidDay"> {
  if (kind === "landing" || acceptedAtMs === null || uncertain) return { unpaidTries, unpaidDay };
  const today = dayOf(nowMs);
  return { unpaidTries: (unpaidDay === today ? unpaidTries : 0) + 1, unpaidDay: today };
}

/** Why it is not tried any more; null: it is. */
export function isTriedOut(
  before: Bead,
  { unpaidTries }: Pick<Bead, "unpaidTries">,
  { settings: { unpaidTriesPerDay } }: StepContext,
): string | null {
  if (unpaidTriesPerDay === null || unpaidTries <= before.unpaidTries || unpaidTries < unpaidTriesPerDay) return null;
  return `${counted(unpaidTries, "run")} of this day came to nothing, by no fault of the work (unpaidTriesPerDay)`;
}
