import { and, eq, isNotNull, isNull, lte, sql } from "drizzle-orm";
import { isLive, type StepContext } from "../db/attempts/context.ts";
import { startsLeft } from "../db/attempts/pace.ts";
import { stalledRuns } from "../db/attempts/stall.ts";
import type { Tx } from "../db/client.ts";
import { atMost, prepared, slot } from "../db/prepared.ts";
import { agents, attempts, beads } from "../db/schema.ts";
import { readTown } from "../db/town.ts";
import { assert } from "../lib/guard.ts";
import { BATCH } from "./limits.ts";
import type { Held } from "./repeats.ts";
import type { Hooked, Snapshot } from "./types.ts";

/**
 * The bounded work set. Statuses stand as literals, not parameters: SQLite uses a partial index only when the query
 * itself says what the index promises.
 */
export function loadSnapshot(tx: Tx, { nowMs, settings }: StepContext, held: Held): Snapshot {
  const { paused, draining } = readTown(tx);
  const idle = idleAgents(tx).all({ nowMs });
  const hooked = loadHooked(tx, nowMs);
  const landable = landableBeads(tx)
    .all({ nowMs })
    .filter(({ beadId }) => !held.isHeld("land_bead", beadId));
  const wanted = idle.length + hooked.length + landable.length;
  return {
    nowMs,
    settings,
    draining,
    startsLeft: paused ? 0 : startsLeft(tx, nowMs, settings, wanted),
    expired: expiredAttempts(tx).all({ nowMs }),
    stopping: unaskedStops(tx).all(),
    stalled: stalledRuns(tx, nowMs, settings),
    hooked,
    idle,
    ready: loadReady(tx, idle, nowMs, held),
    landable,
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
      notBeforeMs: beads.notBeforeMs,
      // A disabled agent waits for a person.
      agentNotBeforeMs: sql<number>`CASE WHEN ${agents.enabled} THEN ${agents.notBeforeMs} ELSE 9e15 END`,
    })
    .from(agents)
    .innerJoin(beads, eq(beads.id, agents.beadId))
    .where(and(isIdle, isNotNull(agents.beadId), sql`${beads.status} = 'in_progress'`))
    .orderBy(agents.id)
    .limit(atMost(BATCH))
    .prepare(),
);

const loadHooked = (tx: Tx, nowMs: number): Hooked[] =>
  hookedAgents(tx)
    .all()
    .map((row) => ({ ...row, hasOthers: row.agentNotBeforeMs > nowMs && hasOthers(tx, row, nowMs) }));

const anotherWorker = prepared((tx) =>
  tx
    .select({ id: agents.id })
    .from(agents)
    .where(
      and(
        eq(agents.rigId, slot<string>("rigId")),
        sql`${agents.role} <> 'merger'`,
        sql`${agents.id} <> ${slot("agentId")}`,
        sql`${agents.enabled}`,
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
    .select({ agentId: agents.id, rigId: agents.rigId })
    .from(agents)
    .where(
      and(
        isIdle,
        isNull(agents.beadId),
        sql`${agents.enabled} AND ${agents.role} <> 'merger'`,
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
      .select({ beadId: beads.id, rigId: beads.rigId })
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
function loadReady(tx: Tx, idle: Snapshot["idle"], nowMs: number, held: Held): Snapshot["ready"] {
  const wanted = new Map<string, number>();
  for (const { rigId } of idle) wanted.set(rigId, (wanted.get(rigId) ?? 0) + 1);
  for (const { rigId } of rigsWithHooks(tx).all()) wanted.set(rigId, (wanted.get(rigId) ?? 0) + 1);
  return [...wanted].flatMap(([rigId, limit]) => {
    const query = readyBeads[Math.min(limit + held.size, BATCH)];
    assert(query, "there is a statement for each limit up to a batch");
    const rows = query(tx).all({ rigId, nowMs });
    return rows.filter(({ beadId }) => !held.isHeld("dispatch_agent", beadId)).slice(0, limit);
  });
}

const landableBeads = prepared((tx) =>
  tx
    .select({ beadId: beads.id, rigId: beads.rigId })
    .from(beads)
    .where(
      and(
        sql`${beads.status} = 'in_review'`,
        lte(beads.notBeforeMs, slot("nowMs")),
        sql`NOT EXISTS (SELECT 1 FROM attempts a WHERE a.rig_id = ${beads.rigId} AND a.kind = 'landing' AND a.state IN ('starting', 'running', 'stopping'))`,
      ),
    )
    .orderBy(beads.rigId, beads.priority, beads.seq)
    .limit(atMost(BATCH))
    .prepare(),
);
