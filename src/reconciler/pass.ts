import { restTroubles } from "../attempts/rig-trouble.ts";
import type { Tx } from "../db/client.ts";
import { duringPass } from "../db/town-row.ts";
import { type Begun, begin, type PassInput, wrongBefore } from "./begin.ts";
import { reviveOrphans, settleEffect } from "./effects.ts";
import { expire } from "./expire.ts";
import { ingest } from "./ingest.ts";
import { nothing, planAndClaim } from "./plan-and-claim.ts";
import { type PassResult, record } from "./record.ts";
import { planWake } from "./wake.ts";

/**
 * Observe, plan, apply: the body of the one transaction. Everything it decides is in rows when it returns; what it asks of
 * the outside is done after the commit.
 */
export const runPass = (tx: Tx, input: PassInput): PassResult =>
  duringPass(tx, () => {
    const begun = begin(tx, input);
    settle(tx, begun);
    const wrong = wrongBefore(tx, begun);
    const ingested = ingest(tx, input.facts, input.kept, begun.ctx);
    const expired = expire(tx, begun);
    const isQuiet = begun.isQuietSoFar && !begun.heard.moreToPlan && !expired.ended;
    const planned = isQuiet
      ? { ...nothing, queued: input.queued }
      : planAndClaim(tx, begun.ctx, begun.book, input.inFlight);
    if (!isQuiet) restTroubles(tx, begun.ctx);
    const done = { ingested, expired, isQuiet, planned, wrongBefore: wrong };
    return record(tx, begun, done, planWake(tx, begun, done));
  });

/** The outcome that brought this pass about; and, in the first pass of an incarnation, the calls that died with the last one. */
function settle(tx: Tx, { input: { first, settled }, ctx }: Begun): void {
  if (first) reviveOrphans(tx);
  if (settled) settleEffect(tx, settled.launch.id, settled.settlement, ctx, settled.launch);
}
