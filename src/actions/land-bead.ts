import { z } from "zod";
import { type ClaimedLanding, claimLanding } from "../attempts/claim.ts";
import { acceptAttempt, releaseAttempt } from "../attempts/settle.ts";
import { askedBefore } from "../attempts/terms.ts";
import type { Tx } from "../db/client.ts";
import { theBead, theRig } from "../db/existing.ts";
import { readTown } from "../db/town-row.ts";
import { prefixOf, rigFor } from "../lib/branch.ts";
import { guard } from "../lib/guard.ts";
import type { LandingOrder } from "../ports/ports.ts";
import { defineEffectAction } from "./define.ts";

/** Bring a reviewed bead's branch onto the rig's default branch. A landing is an attempt like a run: fence, lease, journal. */
export const landBead = defineEffectAction({
  type: "land_bead",
  kind: "landing",
  payload: z.object({ beadId: z.string() }),
  concerns: ({ beadId }) => ({ bead: beadId }),
  beadStates: ["in_review"],

  apply(tx, { beadId }, ctx) {
    const claimed = claimLanding(tx, beadId, ctx);
    return { fence: claimed.fence, input: () => orderOf(tx, claimed) };
  },

  effect: {
    deadlineMs: ({ settings }) => settings.startDeadlineMs,

    prepare(tx, { beadId }, fence, { settings }): LandingOrder {
      const bead = guard(theBead(tx).get({ id: beadId }), "the bead is gone");
      const rig = guard(theRig(tx).get({ id: bead.rigId }), "the rig is gone");
      return orderOf(tx, { fence, bead, rig, ...askedBefore(tx, fence, settings, rig.maxGateMs) });
    },

    run: (ports, order, signal, send) => ports.host.land(order, signal, send),
    settle: (tx, _payload, fence, ctx, answer) => acceptAttempt(tx, fence, ctx, answer),
    rollback: (tx, _payload, fence, failure, ctx) => releaseAttempt(tx, fence, failure, ctx),
  },
});

function orderOf(tx: Tx, { fence, bead, rig, hostId, terms }: ClaimedLanding): LandingOrder {
  const branch = guard(bead.branch ?? undefined, "the bead has no branch");
  return {
    host: hostId,
    town: readTown(tx).name,
    bead: bead.id,
    fence,
    rig: rigFor(rig, bead, prefixOf(branch, bead.id)),
    branch,
    head: guard(bead.head ?? undefined, "the bead has no head"),
    ...(bead.base !== null && { base: bead.base }),
    gate: rig.gate,
    maxGateMs: terms.limitMs,
    ...(rig.landingsAtOnce > 1 && { landingsAtOnce: rig.landingsAtOnce }),
    leaseMs: terms.leaseMs,
    heartbeatMs: terms.heartbeatMs,
  };
}
