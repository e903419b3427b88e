/** What is so of each attempt that is over, whatever ended it. */

import type { Tx } from "../db/client.ts";
import type { Attempt } from "../db/schema.ts";
import type { StepContext } from "../db/step.ts";
import { ESCALATED } from "../lib/stall.ts";
import { placeFreed } from "./room.ts";
import { settleSpending } from "./spending.ts";

export function attemptOver(tx: Tx, attempt: Attempt, ctx: StepContext): void {
  settleSpending(tx, attempt, ctx);
  placeFreed(tx, attempt, ctx);
  if (attempt.stall >= ESCALATED) newsOfSilence(attempt, "it is over", ctx);
}

/** The other half of `SILENT`. */
export const newsOfSilence = ({ agentId, beadId, fence }: Attempt, why: string, { news }: StepContext): void =>
  news?.(`NO LONGER SILENT: ${agentId} on ${beadId}, fence ${fence}: ${why}`);
