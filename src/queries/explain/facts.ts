import { and, eq, sql } from "drizzle-orm";
import { type HostThere, hostsThere } from "../../attempts/hosts.ts";
import { startsAgainAtMs } from "../../attempts/pace.ts";
import { ofAll } from "../../attempts/rig-trouble.ts";
import { waitsFor } from "../../beads/waits.ts";
import type { Tx } from "../../db/client.ts";
import {
  type Agent,
  type Attempt,
  agents,
  attempts,
  type Bead,
  beads,
  type Convoy,
  convoys,
  type Rig,
  rigs,
  type TownRow,
} from "../../db/schema.ts";
import { atMost, prepared, slot } from "../../db/statements.ts";
import { isLive, type StepContext } from "../../db/step.ts";
import { readTown } from "../../db/town-row.ts";
import { assert } from "../../lib/guard.ts";
import { type HostRoom, hostRoom } from "../../reconciler/host-room.ts";
import {
  budgetGate,
  changesIn,
  loadRigs,
  loadRoom,
  overlapGate,
  pushesOf,
  reviewGate,
} from "../../reconciler/load-gates.ts";
import type { Plan } from "../../reconciler/plan.ts";
import type { Slots } from "../../reconciler/slots.ts";
import type { Gate, Room } from "../../reconciler/types.ts";

/** How many blockers and agents are named; more than that nobody reads. */
const NAMED = 20;

/** What the gates of one bead are judged by. Rows are read apart from the planner's own queries, so that each checks the other. */
export interface Facts {
  nowMs: number;
  town: TownRow;
  bead: Bead;
  rig: Rig;
  live: Attempt | undefined;
  convoy: Convoy | undefined;
  /** Not closed yet: those that it waits for, and parts that it waits for. */
  blockers: Pick<Bead, "id" | "status">[];
  /** Its parent, if it waits because that does. */
  parentWaits: string | null;
  /** Of its rig. */
  agents: Agent[];
  room: Room;
  budget: Gate | null;
  overlap: Gate | null;
  review: Gate | null;
  startsAgainMs: number | null;
  /** Who may be given work. */
  hosts: HostThere[];
  /** What they may be asked to begin. */
  hostRoom: HostRoom;
  /** Whether no run of the rig may find out if its remote takes branches again; null: there is no question. */
  pushes: { left: number; gate: Gate } | null;
  /** A landing of this rig that is live. */
  landing: Attempt | undefined;
  plan: Preview;
}

/** What the next pass would do. */
export interface Preview extends Plan {
  /** What may be asked of hosts at once, besides what is asked now. */
  slots: Slots;
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

const landingIn = prepared((tx) =>
  tx
    .select()
    .from(attempts)
    .where(and(eq(attempts.rigId, slot<string>("rigId")), sql`${attempts.kind} = 'landing'`, isLive))
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
  const pushTrouble = ofAll(rig.pushTrouble);
  const others = bead.touches.length > 0 ? changesIn(tx, rigId) : [];
  return {
    nowMs,
    town,
    bead,
    rig,
    live: attemptOf(tx).get({ beadId }),
    convoy: convoyId === null ? undefined : tx.select().from(convoys).where(eq(convoys.id, convoyId)).get(),
    blockers: blockersOf(tx).all({ beadId }),
    parentWaits: waitsFor(tx, bead.parentId) ? bead.parentId : null,
    agents: agentsOf(tx).all({ rigId }),
    room: loadRoom(tx, ctx, inPlay),
    budget: budgetGate(tx, ctx, { rigId }) ?? budgetGate(tx, ctx, { rigId, beadId }),
    overlap: overlapGate(bead, others, ctx),
    review: reviewGate(ctx, inPlay[0]),
    startsAgainMs: startsAgainAtMs(tx, town.lastFence, nowMs, settings),
    hosts,
    hostRoom: hostRoom(tx, hosts, plan.slots, nowMs),
    pushes: pushTrouble && pushesOf(tx, rigId, pushTrouble, nowMs),
    landing: landingIn(tx).get({ rigId }),
    plan,
  };
}
