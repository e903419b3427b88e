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
 * One pass. `Loop.tick` calls it inside of one transaction, with facts from hosts or a person's command, with outcomes of
 * effects, or with nothing but the time. All that it decides is in rows when it returns, but for the counts of quiet passes; what it
 * asks of the outside (`launches`) leaves after the commit.
 */
export const runPass = (tx: Tx, input: PassInput): PassResult =>
  // The town's row is read once, and stands in memory until the end.
  duringPass(tx, () => {
    // Follows the clock, and decides whether this may be a quiet pass: nothing but signs of life, before anything is due.
    const begun = begin(tx, input);
    // An effect that is through takes hold, or is rolled back.
    settle(tx, begun);
    // Incidents that are open now and not after a command were ended by whoever gave it.
    const before = incidentsBefore(tx, begun);
    // What has arrived is written into rows, each fact in a savepoint of its own.
    const ingested = ingest(tx, input.facts, input.keepsFacts, begun.ctx);
    // What a command has changed holds from here on, not from the next tick.
    begun.ctx.settings = readTown(tx).settings;
    // Pauses that end by themselves.
    const expired = expire(tx, begun);
    const isQuiet = begun.isQuietSoFar && !begun.heard.moreToPlan && !expired.ended;
    // What may not leave any more is taken back; rules plan, actions are applied, and effects that have a slot are claimed.
    const planned = isQuiet
      ? { ...nothing, queued: input.queued }
      : planAndClaim(tx, begun.ctx, begun.book, input.inFlight);
    // A rig's trouble rests while no work waits for it.
    if (!isQuiet) restUnusedTroubles(tx, begun.ctx);
    const done = { ingested, expired, isQuiet, planned, incidentsBefore: before };
    // When the loop is needed next; then the town's row, and what only observes.
    const wake = planWake(tx, begun, done);
    return record(tx, begun, done, wake);
  });

/** The outcomes that brought this pass about; and, in the first pass of an incarnation, the calls that died with the last one. */
function settle(tx: Tx, { input: { first, settled }, ctx }: Begun): void {
  if (first) reviveOrphans(tx);
  for (const { launch, settlement } of settled) settleEffect(tx, launch.id, settlement, ctx, launch);
}
