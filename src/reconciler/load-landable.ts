import { and, eq, sql } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { rigsInReview } from "../db/probes.ts";
import { beads, type RigTrouble } from "../db/schema.ts";
import { atMost, prepared, slot } from "../db/statements.ts";
import type { StepContext } from "../db/step.ts";
import { backoffIsOver } from "./gates/backoff.ts";
import { reading } from "./gates/gate.ts";
import { rigGoesOn } from "./gates/rig-paused.ts";
import { rigTrouble } from "./gates/rig-trouble.ts";
import { BATCH } from "./limits.ts";
import { landingTroubleOf } from "./load-gates.ts";
import type { Throttled } from "./repeats.ts";
import type { Snapshot } from "./types.ts";

/** The first of a rig that may land: as many as may be throttled, and one more. */
const landableBeads = Array.from({ length: BATCH + 1 }, (_, limit) =>
  prepared((tx) =>
    tx
      .select({ beadId: beads.id, rigId: beads.rigId, failures: beads.dispatchFailures })
      .from(beads)
      .where(
        and(
          eq(beads.rigId, slot<string>("rigId")),
          sql`${beads.status} = 'in_review'`,
          backoffIsOver,
          rigGoesOn(beads.rigId),
        ),
      )
      .orderBy(beads.priority, beads.seq)
      .limit(atMost(limit))
      .prepare(),
  ),
);

/** One at a time in each rig, so one of each is enough. */
export function loadLandable(
  tx: Tx,
  troubles: ReadonlyMap<string, RigTrouble | null>,
  { nowMs }: StepContext,
  throttled: Throttled,
  landingRigs: ReadonlySet<string>,
): Snapshot["landable"] {
  const landable: Snapshot["landable"][number][] = [];
  for (const rigId of rigsInReview(tx)) {
    if (landable.length >= BATCH) break;
    if (landingRigs.has(rigId)) continue;
    const trouble = troubles.get(rigId) ?? null;
    const shutFor = (beadId: string) => {
      const landingTrouble = landingTroubleOf(trouble, beadId, nowMs);
      return reading(rigTrouble, { kind: "landing", rigId, nowMs, pushes: null, landingTrouble });
    };
    const query = landableBeads[trouble ? BATCH : Math.min(1 + throttled.size, BATCH)];
    const found = query?.(tx)
      .all({ rigId, nowMs })
      .filter(({ beadId }) => throttled.repeated("landing", beadId) === null)
      .map((bead) => ({ ...bead, gate: shutFor(bead.beadId) }));
    // What has not failed yet goes first: it may be what mends the trouble, and must not wait for what can't land.
    const open = found?.filter(({ gate }) => !gate);
    const bead = open?.find(({ beadId }) => !trouble?.beads.includes(beadId)) ?? open?.[0] ?? found?.[0];
    if (bead) landable.push(bead);
  }
  return landable;
}
