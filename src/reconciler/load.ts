import { and, eq, isNotNull, isNull, lte, sql } from "drizzle-orm";
import { probesLeft } from "../db/attempts/breaker.ts";
import { isLive, type StepContext } from "../db/attempts/context.ts";
import { attemptsPastLimit } from "../db/attempts/limit.ts";
import { liveAttempts } from "../db/attempts/live.ts";
import { startsLeft } from "../db/attempts/pace.ts";
import { troubledRigs } from "../db/attempts/rig-trouble.ts";
import { stalledRuns } from "../db/attempts/stall.ts";
import type { Tx } from "../db/client.ts";
import { isHostless } from "../db/hosts.ts";
import { type Aside, agentsAside, isAside, rigsWithReady } from "../db/looks.ts";
import { atMost, prepared, slot } from "../db/prepared.ts";
import { agents, attempts, beads } from "../db/schema.ts";
import { readTown } from "../db/town.ts";
import { assert } from "../lib/guard.ts";
import { prunesAtMs } from "../lib/retention.ts";
import { BATCH } from "./limits.ts";
import {
  agentGoesOn,
  budgetGate,
  changesIn,
  isTight,
  loadRigGates,
  loadRigs,
  loadRoom,
  loadServed,
  overlapGate,
  pushesOf,
} from "./load-gates.ts";
import { loadLandable } from "./load-landable.ts";
import type { Held } from "./repeats.ts";
import type { Gate, Hooked, Snapshot } from "./types.ts";

/**
 * The bounded work set. What mostly isn't there is asked for with one look each, and no more is read where there is nothing:
 * who stands aside, which rigs have ready beads, which have some to land, and what lives.
 *
 * Conditions of partial indexes stand as literals, not parameters: SQLite uses such an index only when the query itself says
 * what the index promises.
 */
export function loadSnapshot(tx: Tx, ctx: StepContext, held: Held): Snapshot {
  const { nowMs, settings } = ctx;
  const row = readTown(tx);
  const { paused, draining, breaker, lastFence } = row;
  const live = liveAttempts(tx);
  const aside = agentsAside(tx, nowMs);
  const hooked = aside.rigsWithHooks.size > 0 ? loadHooked(tx, ctx, held) : [];
  const withReady = rigsWithReady(tx);
  const { idle, ready, left } = loadReady(tx, withReady, aside, ctx, held);
  const troubled = troubledRigs(tx);
  const landable = loadLandable(tx, new Map(troubled.map((rig) => [rig.id, rig.landingTrouble])), ctx, held);
  const wanted = idle.length + hooked.length + landable.length;
  const starts = paused || wanted === 0 ? 0 : startsLeft(tx, lastFence, nowMs, settings, wanted);
  const probes = wanted > 0 ? probesLeft(tx, breaker, nowMs) : null;
  const rigIds = new Set([...idle, ...hooked].map(({ rigId }) => rigId));
  const inPlay = loadRigs(tx, rigIds);
  const compete = rigIds.size > 1 && (isTight(settings) || starts < wanted || probes !== null);
  return {
    nowMs,
    settings,
    paused: paused && { untilMs: paused.untilMs },
    draining,
    startsLeft: starts,
    probesLeft: probes,
    hostless: isHostless(tx, settings),
    breakerUntilMs: breaker?.openUntilMs ?? null,
    room: loadRoom(tx, ctx, inPlay),
    rigs: loadRigGates(tx, ctx, inPlay),
    pushes: new Map(
      troubled.flatMap(({ id, pushTrouble }) =>
        pushTrouble && rigIds.has(id) ? [[id, pushesOf(tx, id, pushTrouble, nowMs)]] : [],
      ),
    ),
    served: compete ? loadServed(tx, rigIds) : new Map(),
    expired: live.leaseMs !== null && live.leaseMs <= nowMs ? expiredAttempts(tx).all({ nowMs }) : [],
    stopping: live.stopping ? unaskedStops(tx).all() : [],
    pastLimit: attemptsPastLimit(tx, nowMs, settings, live),
    stalled: stalledRuns(tx, nowMs, settings, live),
    hooked,
    idle,
    ready,
    landable,
    prunesAtMs: prunesAtMs(row, settings.retention),
    sleepers: {
      live,
      coolMs: aside.coolMs,
      stirring: new Set([...withReady, ...aside.rigsInTrouble]),
      stirringAfter: new Set([...left, ...aside.rigsInTrouble]),
    },
  };
}

const expiredAttempts = prepared((tx) =>
  tx
    .select({ fence: attempts.fence })
    .from(attempts)
    .where(and(isLive, lte(attempts.leaseUntilMs, slot("nowMs"))))
    .orderBy(attempts.leaseUntilMs)
    .limit(atMost(BATCH))
    .prepare(),
);

const unaskedStops = prepared((tx) =>
  tx
    .select({ agentId: sql<string>`${attempts.agentId}`, fence: attempts.fence })
    .from(attempts)
    .where(
      and(
        isLive,
        sql`${attempts.state} = 'stopping'`,
        sql`NOT EXISTS (SELECT 1 FROM effects e WHERE e.fence = ${attempts.fence})`,
        // A host that was removed is asked nothing, and not believed: the lease ends these.
        sql`(${attempts.hostId} IS NULL OR NOT EXISTS (SELECT 1 FROM removed_hosts r WHERE r.id = ${attempts.hostId} AND r.last_fence >= ${attempts.fence}))`,
      ),
    )
    .limit(atMost(BATCH))
    .prepare(),
);

const isIdle = sql`${agents.status} = 'idle'`;

const hookedAgents = prepared((tx) =>
  tx
    .select({
      agentId: agents.id,
      beadId: beads.id,
      rigId: agents.rigId,
      role: agents.role,
      failures: beads.dispatchFailures,
      notBeforeMs: beads.notBeforeMs,
      // One that is disabled or paused waits for a person, or for a time that a person has named.
      agentNotBeforeMs: sql<number>`CASE WHEN ${agentGoesOn} THEN ${agents.notBeforeMs} ELSE 9e15 END`,
    })
    .from(agents)
    .innerJoin(beads, eq(beads.id, agents.beadId))
    .where(and(isAside, isIdle, isNotNull(agents.beadId), sql`${beads.status} = 'in_progress'`))
    .orderBy(agents.id)
    .limit(atMost(BATCH))
    .prepare(),
);

const heldBack: Gate = { name: "held_back", why: "it came to nothing again and again", untilMs: null };

const loadHooked = (tx: Tx, ctx: StepContext, held: Held): Hooked[] =>
  hookedAgents(tx)
    .all()
    .map((row) => ({
      ...row,
      hasOthers: row.agentNotBeforeMs > ctx.nowMs && hasOthers(tx, row, ctx.nowMs),
      // It must not take what others could use.
      gate: held.isHeld("dispatch_agent", row.beadId) ? heldBack : budgetGate(tx, ctx, row),
    }));

const anotherWorker = prepared((tx) =>
  tx
    .select({ id: agents.id })
    .from(agents)
    .where(
      and(
        eq(agents.rigId, slot<string>("rigId")),
        sql`${agents.role} <> 'merger'`,
        sql`${agents.id} <> ${slot("agentId")}`,
        agentGoesOn,
        lte(agents.notBeforeMs, slot("nowMs")),
      ),
    )
    .limit(atMost(1))
    .prepare(),
);

/** Asked only for an agent that is cooling down. */
const hasOthers = (tx: Tx, { agentId, rigId }: { agentId: string; rigId: string }, nowMs: number): boolean =>
  anotherWorker(tx).get({ agentId, rigId, nowMs }) !== undefined;

/** In order of their names, so that it makes no difference who looks. */
const idleAgents = Array.from({ length: BATCH + 1 }, (_, limit) =>
  prepared((tx) =>
    tx
      .select({ agentId: agents.id, rigId: agents.rigId, role: agents.role })
      .from(agents)
      .where(
        and(
          eq(agents.rigId, slot<string>("rigId")),
          isIdle,
          isNull(agents.beadId),
          agentGoesOn,
          sql`${agents.role} <> 'merger'`,
          lte(agents.notBeforeMs, slot("nowMs")),
        ),
      )
      .orderBy(agents.id)
      .limit(atMost(limit))
      .prepare(),
  ),
);

/** For each limit its own statement. A bead whose last run is still being stopped waits for that: never two of them beside each other. */
const readyBeads = Array.from({ length: BATCH + 1 }, (_, limit) =>
  prepared((tx) =>
    tx
      .select({ beadId: beads.id, touches: beads.touches, failures: beads.dispatchFailures })
      .from(beads)
      .where(
        and(
          eq(beads.rigId, slot<string>("rigId")),
          sql`${beads.status} = 'open' AND ${beads.blockedBy} = 0`,
          lte(beads.notBeforeMs, slot("nowMs")),
          sql`NOT EXISTS (SELECT 1 FROM attempts t WHERE t.bead_id = ${beads.id} AND t.ended_at_ms IS NULL)`,
        ),
      )
      .orderBy(beads.priority, beads.unpaidTries, beads.seq)
      .limit(atMost(limit))
      .prepare(),
  ),
);

/** So many ready beads are read of a rig before anybody knows who could take them. */
const FEW = 2;

/**
 * For each rig with idle agents as many beads as they can take, and no more agents than could be of use; for a rig where
 * every agent is busy or hooked one bead is enough to know that somebody waits.
 */
function loadReady(
  tx: Tx,
  withReady: readonly string[],
  { rigsWithHooks }: Aside,
  ctx: StepContext,
  held: Held,
): Pick<Snapshot, "idle" | "ready"> & { left: string[] } {
  const left: string[] = [];
  const idle: Snapshot["idle"][number][] = [];
  const ready: Snapshot["ready"][number][] = [];
  // Which agent takes a bead may be a matter of its role: then one is not as good as another.
  const anyWill = Object.keys(ctx.settings.maxAgentsByRole).length === 0;
  for (const rigId of withReady) {
    const few = readyOf(tx, rigId, FEW + held.size, ctx, held);
    const isAll = few.length < FEW;
    if (few.length === 0) continue;
    const free = freeOf(tx, rigId, Math.min(isAll && anyWill ? few.length : BATCH, BATCH - idle.length), ctx);
    idle.push(...free);
    if (!isAll || free.length < few.length) left.push(rigId);
    const wanted = free.length + (rigsWithHooks.has(rigId) ? 1 : 0);
    if (wanted > 0) ready.push(...(isAll ? few : enoughOf(tx, rigId, wanted, few, ctx, held)));
  }
  return { idle, ready, left };
}

/** @param few those that are known already */
function enoughOf(
  tx: Tx,
  rigId: string,
  wanted: number,
  few: Snapshot["ready"],
  ctx: StepContext,
  held: Held,
): Snapshot["ready"] {
  const found = wanted <= few.length ? few : readyOf(tx, rigId, wanted + held.size, ctx, held);
  // What waits for others to be through must not hide what could go instead.
  const hides = found.length >= wanted && found.some(({ gate }) => gate);
  return hides ? readyOf(tx, rigId, BATCH, ctx, held) : found.slice(0, wanted);
}

const freeOf = (tx: Tx, rigId: string, limit: number, { nowMs }: StepContext): Snapshot["idle"] =>
  idleAgents[limit]?.(tx).all({ rigId, nowMs }) ?? [];

function readyOf(tx: Tx, rigId: string, limit: number, ctx: StepContext, held: Held): Snapshot["ready"] {
  const query = readyBeads[Math.min(limit, BATCH)];
  assert(query, "there is a statement for each limit up to a batch");
  const rows = query(tx)
    .all({ rigId, nowMs: ctx.nowMs })
    .filter(({ beadId }) => !held.isHeld("dispatch_agent", beadId));
  const others = rows.some(({ touches }) => touches.length > 0) ? changesIn(tx, rigId) : [];
  return rows.map(({ beadId, touches, failures }) => ({
    beadId,
    rigId,
    failures,
    touches,
    gate: budgetGate(tx, ctx, { rigId, beadId }) ?? overlapGate({ id: beadId, touches }, others, ctx),
  }));
}
