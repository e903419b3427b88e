import { and, eq, isNotNull, lte, sql } from "drizzle-orm";
import { hostsThere } from "../attempts/hosts.ts";
import { attemptsPastLimit } from "../attempts/limit.ts";
import { liveAttempts } from "../attempts/live.ts";
import { startsLeft } from "../attempts/pace.ts";
import { troubledRigs } from "../attempts/rig-trouble.ts";
import { silentRuns } from "../attempts/stall.ts";
import { barredUntil } from "../attempts/whose-trouble.ts";
import type { Tx } from "../db/client.ts";
import { agentsNeedingAttention, needsAttention, rigsWithReady } from "../db/probes.ts";
import { agents, attempts, beads } from "../db/schema.ts";
import { atMost, prepared, slot } from "../db/statements.ts";
import { isLive, type StepContext } from "../db/step.ts";
import { readTown } from "../db/town-row.ts";
import { prunesAtMs } from "../lib/retention.ts";
import { nextDeliveries } from "../webhooks/deliveries.ts";
import { hasWebhooks } from "../webhooks/subscriptions.ts";
import { dayBudget } from "./gates/day-budget.ts";
import { reading } from "./gates/gate.ts";
import { heldBack } from "./gates/held-back.ts";
import { hostRoom } from "./host-room.ts";
import { BATCH } from "./limits.ts";
import {
  agentGoesOn,
  isIdle,
  isTight,
  loadRigGates,
  loadRigs,
  loadRunsLeft,
  loadServed,
  pushesOf,
  spentOf,
} from "./load-gates.ts";
import { loadLandable } from "./load-landable.ts";
import { loadReady } from "./load-ready.ts";
import type { Throttled } from "./repeats.ts";
import type { Slots } from "./slots.ts";
import type { Hooked, Snapshot } from "./types.ts";

/**
 * The bounded work set. What mostly isn't there is asked for with one look each, and no more is read where there is nothing:
 * which agents need attention, which rigs have ready beads, which have some to land, and what lives.
 *
 * Conditions of partial indexes stand as literals, not parameters: SQLite uses such an index only when the query itself says
 * what the index promises.
 *
 * @param slots how many calls may still go out at once: what can't go out is not read in numbers
 */
export function loadSnapshot(tx: Tx, ctx: StepContext, throttled: Throttled, slots: Slots): Snapshot {
  const { nowMs, settings } = ctx;
  const row = readTown(tx);
  const { paused, draining, lastFence } = row;
  const live = liveAttempts(tx);
  const attention = agentsNeedingAttention(tx, nowMs);
  const hooked = attention.rigsWithHooks.size > 0 ? loadHooked(tx, ctx, throttled) : [];
  const withReady = rigsWithReady(tx);
  const hosts = hostsThere(tx, settings);
  const free = hostRoom(tx, hosts, slots, nowMs);
  const { idle, ready, left } = loadReady(
    tx,
    withReady,
    attention,
    ctx,
    throttled,
    free.probes === null ? free.start + 1 : BATCH,
  );
  const troubled = troubledRigs(tx);
  const landingTroubles = new Map(troubled.map((rig) => [rig.id, rig.landingTrouble]));
  const { landable, landsMore } = loadLandable(tx, landingTroubles, ctx, throttled, live, hosts, slots);
  const wanted = idle.length + hooked.length + landable.length;
  const starts = paused || wanted === 0 ? 0 : startsLeft(tx, lastFence, nowMs, settings, wanted);
  const rigIds = new Set([...idle, ...hooked].map(({ rigId }) => rigId));
  const inPlay = loadRigs(tx, rigIds);
  const compete =
    rigIds.size > 1 && (isTight(settings) || Math.min(starts, free.start) < wanted || free.probes !== null);
  return {
    nowMs,
    settings,
    paused,
    draining,
    startsLeft: starts,
    hosts: free,
    hostless: hosts.length === 0,
    runsLeft: loadRunsLeft(tx, ctx, inPlay),
    rigs: loadRigGates(tx, ctx, inPlay),
    pushes: new Map(
      troubled.flatMap(({ id, pushTrouble }) => {
        const declined = rigIds.has(id) ? pushesOf(tx, id, pushTrouble, nowMs) : null;
        return declined ? [[id, declined]] : [];
      }),
    ),
    served: compete ? loadServed(tx, rigIds) : new Map(),
    expired: live.leaseMs !== null && live.leaseMs <= nowMs ? expiredAttempts(tx).all({ nowMs }) : [],
    stopping: live.stopping ? unaskedStops(tx).all() : [],
    pastLimit: attemptsPastLimit(tx, nowMs, settings, live),
    silent: silentRuns(tx, nowMs, settings, live),
    hooked,
    idle,
    ready,
    landable,
    landsMore,
    deliveries: hasWebhooks(row) ? nextDeliveries(tx, (host) => slots.left({ kind: "webhook", host }) > 0) : [],
    prunesAtMs: prunesAtMs(row, settings.retention),
    wake: {
      live,
      coolMs: attention.coolMs,
      unsettledRigs: new Set([...withReady, ...attention.rigsInTrouble]),
      unsettledAfterStarts: new Set([...left, ...attention.rigsInTrouble]),
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

const hookedAgents = prepared((tx) =>
  tx
    .select({
      agentId: agents.id,
      beadId: beads.id,
      rigId: agents.rigId,
      role: agents.role,
      failures: beads.dispatchFailures,
      notBeforeMs: beads.notBeforeMs,
      doubts: agents.doubts,
      troubles: agents.troubles,
      // One that is disabled or paused waits for a person, or for a time that a person has named.
      agentNotBeforeMs: sql<number>`CASE WHEN ${agentGoesOn} THEN ${agents.notBeforeMs} ELSE 9e15 END`,
    })
    .from(agents)
    .innerJoin(beads, eq(beads.id, agents.beadId))
    .where(and(needsAttention, isIdle, isNotNull(agents.beadId), sql`${beads.status} = 'in_progress'`))
    .orderBy(agents.id)
    .limit(atMost(BATCH))
    .prepare(),
);

const loadHooked = (tx: Tx, ctx: StepContext, throttled: Throttled): Hooked[] =>
  hookedAgents(tx)
    .all()
    .map(({ doubts, troubles, ...row }) => ({
      ...row,
      isBarred: barredUntil(doubts, row.beadId, ctx.nowMs) !== null,
      inTrouble: troubles > 0 && row.agentNotBeforeMs < 9e15,
      hasOthers: row.agentNotBeforeMs > ctx.nowMs && hasOthers(tx, row, ctx.nowMs),
      // It must not take what others could use.
      gate:
        reading(heldBack, { repeated: throttled.repeated("start", row.beadId) }) ??
        reading(dayBudget, { spent: spentOf(tx, ctx, row), nowMs: ctx.nowMs }),
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
