import { and, eq, sql } from "drizzle-orm";
import type { HostThere } from "../attempts/hosts.ts";
import { hostBeside, landingsAtOnce, landingsOf } from "../attempts/landings.ts";
import type { LiveAttempts } from "../attempts/live.ts";
import { isTriedFirst } from "../attempts/rig-trouble.ts";
import type { Tx } from "../db/client.ts";
import { rigsInReview } from "../db/probes.ts";
import { beads, moreAtOnce, type RigTrouble } from "../db/schema.ts";
import { atMost, prepared, slot } from "../db/statements.ts";
import { isNotUnderWay, type StepContext } from "../db/step.ts";
import { backoffIsOver } from "./gates/backoff.ts";
import { reading, shut } from "./gates/gate.ts";
import { rigGoesOn } from "./gates/rig-paused.ts";
import { rigTrouble } from "./gates/rig-trouble.ts";
import { slot as slotGate } from "./gates/slot.ts";
import { BATCH } from "./limits.ts";
import { landingTroubleOf } from "./load-gates.ts";
import type { Throttled } from "./repeats.ts";
import type { Slots } from "./slots.ts";
import type { Snapshot } from "./types.ts";

/** The first of a rig that may land: as many as may be throttled, and one more. */
const landableBeads = Array.from({ length: BATCH + 1 }, (_, limit) =>
  prepared((tx) =>
    tx
      .select({
        beadId: beads.id,
        rigId: beads.rigId,
        failures: beads.dispatchFailures,
        atOnce: sql<number | null>`(SELECT m.landings_at_once ${moreAtOnce(beads.rigId)})`,
      })
      .from(beads)
      .where(
        and(
          eq(beads.rigId, slot<string>("rigId")),
          sql`${beads.status} = 'in_review'`,
          backoffIsOver,
          rigGoesOn(beads.rigId),
          isNotUnderWay,
        ),
      )
      .orderBy(beads.priority, beads.seq)
      .limit(atMost(limit))
      .prepare(),
  ),
);

/** As many of each rig as may begin to land now: one, where it does not say otherwise, and none where as many land. */
export function loadLandable(
  tx: Tx,
  troubles: ReadonlyMap<string, RigTrouble | null>,
  { nowMs }: StepContext,
  throttled: Throttled,
  live: Pick<LiveAttempts, "landings" | "landingsAtOnce">,
  hosts: readonly HostThere[],
  slots: Slots,
): Pick<Snapshot, "landable" | "landsMore"> {
  let landsMore = false;
  const landable: Snapshot["landable"][number][] = [];
  for (const rigId of rigsInReview(tx)) {
    if (landable.length >= BATCH) break;
    const trouble = troubles.get(rigId) ?? null;
    const now = live.landings.get(rigId) ?? 0;
    const most = (given: number | null | undefined) => landingsAtOnce(isTriedFirst(trouble), given ?? 1);
    if (now > 0 && now >= most(live.landingsAtOnce.get(rigId))) continue;
    const shutFor = (beadId: string) => {
      const landingTrouble = landingTroubleOf(trouble, beadId, nowMs);
      return reading(rigTrouble, { kind: "landing", rigId, nowMs, pushes: null, landingTrouble });
    };
    const first = (many: number) =>
      landableBeads[trouble ? BATCH : Math.min(many + throttled.size, BATCH)]?.(tx)
        .all({ rigId, nowMs })
        .filter(({ beadId }) => throttled.repeated("landing", beadId) === null) ?? [];
    let read = first(1);
    const left = most(read[0]?.atOnce) - now;
    if (left > 1) read = first(left);
    const found = read.map(({ atOnce: _, ...bead }) => ({ ...bead, gate: shutFor(bead.beadId) }));
    // What has not failed yet goes first: it may be what mends the trouble, and must not wait for what can't land.
    const [known, fresh] = [true, false].map((isKnown) =>
      found.filter(({ beadId, gate }) => !gate && (trouble?.beads.includes(beadId) ?? false) === isKnown),
    );
    const open = [...(fresh ?? []), ...(known ?? [])];
    const room = left + now === 1 ? 1 : roomOf(tx, rigId, hosts, slots, nowMs);
    if (room === null) continue;
    const some = (open.length > 0 ? open : found).slice(0, room === "first" || open.length === 0 ? 1 : left);
    landsMore ||= room === "first" && open.length > 1;
    landable.push(
      ...some.map((bead, n) => (room === "first" || n < room ? bead : { ...bead, gate: bead.gate ?? SLOT })),
    );
  }
  return { landable, landsMore };
}

/** Of landings side by side one begins after the other: where the first is asked for, the others are. */
const SLOT = { ...shut("the landings beside it are being asked of their host"), name: slotGate.name };

/**
 * How many landings of a rig may be asked for now, all of one host; null: that is not there. `first`: which one that is, is known
 * once the first of them has begun.
 */
function roomOf(
  tx: Tx,
  rigId: string,
  hosts: readonly HostThere[],
  slots: Slots,
  nowMs: number,
): number | "first" | null {
  const now = landingsOf(tx, rigId);
  if (now.length === 0) return hosts.length > 1 ? "first" : BATCH;
  const host = hostBeside(tx, now, hosts, nowMs);
  return host ? slots.left({ kind: "landing", host: host.id }) : null;
}
