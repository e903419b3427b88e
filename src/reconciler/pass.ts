import { restUnusedTroubles } from "../attempts/rig-trouble.ts";
import type { Tx } from "../db/client.ts";
import { duringPass, readTown } from "../db/town-row.ts";
import { type Begun, begin, incidentsBefore, type PassInput } from "./begin.ts";
import { reviveOrphans, settleEffect } from "./effects.ts";
import { expire } from "./expire.ts";
import { ingest } from "./ingest.ts";
import { nothing, planAndClaim } from "./plan-and-claim.ts";
import { type PassResult, record } from "./record.ts";
import { planWake } from "./wake.ts";

/**
 * The body of the one transaction; ARCHITECTURE.md has its steps. What it decides is in rows when it returns, but for the counts
 * of quiet passes; what it asks of the outside leaves after the commit.
 */
export const runPass = (tx: Tx, input: PassInput): PassResult =>
  duringPass(tx, () => {
    const begun = begin(tx, input);
    settle(tx, begun);
    const wrong = incidentsBefore(tx, begun);
    const ingested = ingest(tx, input.facts, input.keepsFacts, begun.ctx);
    // What a command has changed holds from here on, not from the next tick.
    begun.ctx.settings = readTown(tx).settings;
    const expired = expire(tx, begun);
    const isQuiet = begun.isQuietSoFar && !begun.heard.moreToPlan && !expired.ended;
    const planned = isQuiet
      ? { ...nothing, queued: input.queued }
      : planAndClaim(tx, begun.ctx, begun.book, input.inFlight);
    if (!isQuiet) restUnusedTroubles(tx, begun.ctx);
    const done = { ingested, expired, isQuiet, planned, incidentsBefore: wrong };
    return record(tx, begun, done, planWake(tx, begun, done));
  });

/** The outcome that brought this pass about; and, in the first pass of an incarnation, the calls that died with the last one. */
function settle(tx: Tx, { input: { first, settled }, ctx }: Begun): void {
  if (first) reviveOrphans(tx);
  if (settled) settleEffect(tx, settled.launch.id, settled.settlement, ctx, settled.launch);
}
