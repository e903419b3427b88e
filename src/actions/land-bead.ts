import { z } from "zod";
import { claimLanding } from "../db/attempts/claim.ts";
import { acceptAttempt, releaseAttempt } from "../db/attempts/hold.ts";
import { theBead, theRig } from "../db/existing.ts";
import { hostAsked } from "../db/hosts.ts";
import { readTown } from "../db/town.ts";
import { rigFor } from "../lib/branch.ts";
import { guard } from "../lib/guard.ts";
import type { LandingOrder } from "../ports/ports.ts";
import { defineEffectAction } from "./define.ts";

/** Bring a reviewed bead's branch onto the rig's default branch. A landing is an attempt like a run: fence, lease, journal. */
export const landBead = defineEffectAction({
  type: "land_bead",
  payload: z.object({ beadId: z.string() }),

  apply: (tx, { beadId }, ctx) => claimLanding(tx, beadId, ctx),

  effect: {
    deadlineMs: ({ settings }) => settings.startDeadlineMs,

    prepare(tx, { beadId }, fence, { settings }): LandingOrder {
      const bead = guard(theBead(tx).get({ id: beadId }), "the bead is gone");
      const rig = guard(theRig(tx).get({ id: bead.rigId }), "the rig is gone");
      return {
        host: hostAsked(tx, fence),
        town: readTown(tx).name,
        bead: beadId,
        fence,
        rig: rigFor(rig, bead),
        branch: guard(bead.branch ?? undefined, "the bead has no branch"),
        head: guard(bead.head ?? undefined, "the bead has no head"),
        gate: rig.gate,
        maxGateMs: rig.maxGateMs,
        leaseMs: settings.leaseMs,
        heartbeatMs: settings.heartbeatMs,
      };
    },

    run: (ports, order, signal) => ports.host.land(order, signal),
    settle: (tx, _payload, fence, ctx, bootId) => acceptAttempt(tx, fence, ctx, bootId),
    rollback: (tx, _payload, fence, failure, ctx) => releaseAttempt(tx, fence, failure, ctx),
  },
});
