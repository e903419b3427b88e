import { and, eq, isNotNull, isNull, lte, sql } from "drizzle-orm";
import { probesLeft } from "../db/attempts/breaker.ts";
import { isLive, type StepContext } from "../db/attempts/context.ts";
import { startsLeft } from "../db/attempts/pace.ts";
import { stalledRuns } from "../db/attempts/stall.ts";
import type { Tx } from "../db/client.ts";
import { isHostless } from "../db/hosts.ts";
import { atMost, prepared, slot } from "../db/prepared.ts";
import { agents, attempts, beads, town } from "../db/schema.ts";
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
} from "./load-gates.ts";
import type { Held } from "./repeats.ts";
import type { Gate, Hooked, Snapshot } from "./types.ts";

const townGates = prepared((tx) =>
  tx
    .select({
      paused: town.paused,
      draining: town.draining,
      breaker: town.breaker,
      lastFence: town.lastFence,
      createdAtMs: town.createdAtMs,
      lastBead: town.lastBead,
      eventsApplied: town.eventsApplied,
      pruning: town.pruning,
    })
    .from(town)
    .prepare(),
);

/**
 * The bounded work set. Statuses stand as literals, not parameters: SQLite uses a partial index only when the query
 * itself says what the index promises.
 */
export function loadSnapshot(tx: Tx, ctx: StepContext, held: Held): Snapshot {
  const { nowMs, settings } = ctx;
  const row = townGates(tx).get();
  assert(row, "a town has its row before anything is planned");
  const { paused, draining, breaker, lastFence } = row;
  const idle = idleAgents(tx).all({ nowMs });
  const hooked = loadHooked(tx, ctx, held);
  const landable = landableBeads(tx)
    .all({ nowMs })
    .filter(({ beadId }) => !held.isHeld("land_bead", beadId));
  const wanted = idle.length + hooked.length + landable.length;
  const starts = paused ? 0 : startsLeft(tx, lastFence, nowMs, settings, wanted);
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
    served: compete ? loadServed(tx, rigIds) : new Map(),
    expired: expiredAttempts(tx).all({ nowMs }),
    stopping: unaskedStops(tx).all(),
    stalled: stalledRuns(tx, nowMs, settings),
    hooked,
    idle,
    ready: loadReady(tx, idle, ctx, held),
    landable,
    prunesAtMs: prunesAtMs(row, settings.retention),
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
    .where(and(isIdle, isNotNull(agents.beadId), sql`${beads.status} = 'in_progress'`))
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

const idleAgents = prepared((tx) =>
  tx
    .select({ agentId: agents.id, rigId: agents.rigId, role: agents.role })
    .from(agents)
    .where(
      and(
        isIdle,
        isNull(agents.beadId),
        agentGoesOn,
        sql`${agents.role} <> 'merger'`,
        lte(agents.notBeforeMs, slot("nowMs")),
        sql`EXISTS (SELECT 1 FROM beads b WHERE b.rig_id = ${agents.rigId} AND b.status = 'open' AND b.blocked_by = 0 AND b.not_before_ms <= ${slot("nowMs")})`,
      ),
    )
    .orderBy(agents.rigId, agents.id)
    .limit(atMost(BATCH))
    .prepare(),
);

const rigsWithHooks = prepared((tx) =>
  tx
    .selectDistinct({ rigId: agents.rigId })
    .from(agents)
    .where(and(isIdle, isNotNull(agents.beadId)))
    .limit(atMost(BATCH))
    .prepare(),
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
          sql`NOT EXISTS (SELECT 1 FROM attempts t WHERE t.bead_id = ${beads.id} AND t.state IN ('starting', 'running', 'stopping'))`,
        ),
      )
      .orderBy(beads.priority, beads.seq)
      .limit(atMost(limit))
      .prepare(),
  ),
);

/**
 * For each rig with idle agents as many beads as they can take; for a rig where every agent is busy or hooked one bead
 * is enough to know that somebody waits.
 */
function loadReady(tx: Tx, idle: Snapshot["idle"], ctx: StepContext, held: Held): Snapshot["ready"] {
  const wanted = new Map<string, number>();
  for (const { rigId } of idle) wanted.set(rigId, (wanted.get(rigId) ?? 0) + 1);
  for (const { rigId } of rigsWithHooks(tx).all()) wanted.set(rigId, (wanted.get(rigId) ?? 0) + 1);
  return [...wanted].flatMap(([rigId, limit]) => {
    const ready = readyOf(tx, rigId, limit + held.size, ctx, held);
    // What waits for others to be through must not hide what could go instead.
    const hides = ready.length >= limit && ready.some(({ gate }) => gate);
    return hides ? readyOf(tx, rigId, BATCH, ctx, held) : ready.slice(0, limit);
  });
}

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

const landableBeads = prepared((tx) =>
  tx
    .select({ beadId: beads.id, rigId: beads.rigId, failures: beads.dispatchFailures })
    .from(beads)
    .where(
      and(
        sql`${beads.status} = 'in_review'`,
        lte(beads.notBeforeMs, slot("nowMs")),
        sql`NOT EXISTS (SELECT 1 FROM rigs r WHERE r.id = ${beads.rigId} AND r.paused IS NOT NULL)`,
        sql`NOT EXISTS (SELECT 1 FROM attempts a WHERE a.rig_id = ${beads.rigId} AND a.kind = 'landing' AND a.state IN ('starting', 'running', 'stopping'))`,
      ),
    )
    .orderBy(beads.rigId, beads.priority, beads.seq)
    .limit(atMost(BATCH))
    .prepare(),
);
