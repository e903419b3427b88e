import { and, eq, sql } from "drizzle-orm";
import { isBeginningAction } from "../../actions/index.ts";
import { hostsThere } from "../../attempts/hosts.ts";
import { hostBeside, landingsAtOnce, landingsOf } from "../../attempts/landings.ts";
import { startsAgainAtMs } from "../../attempts/pace.ts";
import { providersInTrouble } from "../../attempts/remedy.ts";
import { isTriedFirst } from "../../attempts/rig-trouble.ts";
import { waitsFor } from "../../beads/waits.ts";
import type { Tx } from "../../db/client.ts";
import { type Attempt, agents, attempts, type Bead, beads, convoys, rigs } from "../../db/schema.ts";
import { atMost, prepared, slot } from "../../db/statements.ts";
import { isLive, type StepContext } from "../../db/step.ts";
import { readTown } from "../../db/town-row.ts";
import { assert } from "../../lib/guard.ts";
import { freeCandidates } from "../../reconciler/gates/candidates.ts";
import type { BeadFacts } from "../../reconciler/gates/gate.ts";
import { hostRoom } from "../../reconciler/host-room.ts";
import {
  changesIn,
  landingTroubleOf,
  loadRigs,
  loadRunsLeft,
  overlapOf,
  pushesOf,
  reviewOf,
  spentOf,
} from "../../reconciler/load-gates.ts";
import type { Plan } from "../../reconciler/plan.ts";
import type { Throttled } from "../../reconciler/repeats.ts";
import type { Slots } from "../../reconciler/slots.ts";

/** How many blockers and agents are named; a reader needs no more. */
const NAMED = 20;

/** What the gates of one bead are judged by. Rows are read apart from the planner's own queries, so that each checks the other. */
export interface Facts extends BeadFacts {
  live: Attempt | undefined;
}

/** What the next pass would do. */
export interface Preview extends Plan {
  /** What may be asked of hosts at once, besides what is asked now. */
  slots: Slots;
  throttled: Throttled;
  /** Actions that wait since they came to nothing: `action target`. */
  heldBack: { key: string; times: number; why: string; notBeforeMs: number }[];
}

const attemptOf = prepared((tx) =>
  tx
    .select()
    .from(attempts)
    .where(and(eq(attempts.beadId, slot<string>("beadId")), isLive))
    .prepare(),
);

const blockersOf = prepared((tx) =>
  tx
    .select({ id: beads.id, status: beads.status })
    .from(beads)
    .where(
      and(
        sql`${beads.status} <> 'closed'`,
        sql`(${beads.id} IN (SELECT d.blocker_id FROM bead_dependencies d WHERE d.bead_id = ${slot<string>("beadId")} AND d.type = 'blocks')
          OR ${beads.parentId} IN (SELECT d.blocker_id FROM bead_dependencies d WHERE d.bead_id = ${slot<string>("beadId")} AND (d.type = 'waits-for'
            OR (d.type = 'waits-for-any' AND NOT EXISTS (SELECT 1 FROM beads p WHERE p.parent_id = d.blocker_id AND p.status = 'closed')))))`,
      ),
    )
    .limit(atMost(NAMED))
    .prepare(),
);

const agentsOf = prepared((tx) =>
  tx
    .select()
    .from(agents)
    .where(eq(agents.rigId, slot<string>("rigId")))
    .orderBy(agents.id)
    .prepare(),
);

const theRig = prepared((tx) =>
  tx
    .select()
    .from(rigs)
    .where(eq(rigs.id, slot<string>("rigId")))
    .prepare(),
);

export function factsOf(tx: Tx, bead: Bead, ctx: StepContext, plan: Preview): Facts {
  const { nowMs, settings } = ctx;
  const town = readTown(tx);
  const hosts = hostsThere(tx, settings);
  const { id: beadId, rigId, convoyId } = bead;
  const inPlay = loadRigs(tx, [rigId]);
  const rig = theRig(tx).get({ rigId });
  assert(rig && inPlay[0], "a bead is of a rig");
  const others = bead.touches.length > 0 ? changesIn(tx, rigId) : [];
  const live = attemptOf(tx).get({ beadId });
  const convoy = convoyId === null ? undefined : tx.select().from(convoys).where(eq(convoys.id, convoyId)).get();
  const blockers = blockersOf(tx).all({ beadId });
  const parentWaits = waitsFor(tx, bead.parentId) ? bead.parentId : null;
  const ofRig = agentsOf(tx).all({ rigId });
  const kind = bead.status === "in_review" ? "landing" : "start";
  const begun = plan.actions.filter(isBeginningAction);
  const runsLeft = loadRunsLeft(tx, ctx, inPlay);
  const spent = spentOf(tx, ctx, { rigId }) ?? spentOf(tx, ctx, { rigId, beadId });
  const againMs = startsAgainAtMs(tx, town.lastFence, nowMs, settings);
  const landing = landingsOf(tx, rigId);
  const beside = landing.length > 0 ? hostBeside(tx, landing, hosts, nowMs) : undefined;
  // Beside those that are at a host which can't be asked none begins.
  const isAlone = landing.length > 0 && !beside;
  const atOnce = landingsAtOnce(isTriedFirst(rig.landingTrouble) || isAlone, rig.landingsAtOnce);
  const asked = kind === "landing" && beside ? [beside] : hosts;
  return {
    nowMs,
    settings,
    kind,
    isNew: bead.status !== "in_progress",
    town,
    rigId,
    bead,
    rig,
    live,
    convoy,
    blockers,
    parentWaits,
    agents: ofRig,
    providersInTrouble: providersInTrouble(tx),
    runsLeft,
    roles: freeCandidates({ bead, agents: ofRig, nowMs }).map(({ role }) => role),
    spent,
    overlap: overlapOf(bead, others, ctx),
    review: reviewOf(ctx, inPlay[0]),
    starts: { left: againMs === null ? 1 : 0, againMs },
    hostless: hosts.length === 0,
    hosts: hostRoom(tx, asked, plan.slots, nowMs),
    pushes: pushesOf(tx, rigId, rig.pushTrouble, nowMs),
    landingTrouble: landingTroubleOf(rig.landingTrouble, beadId, nowMs),
    landing: { beads: landing.map((each) => each.beadId), atOnce },
    repeated: plan.throttled.repeated(kind, beadId),
    barredUntilMs: null,
    next: { isThis: begun.some((action) => action.beadId === beadId), others: begun.length },
  };
}
