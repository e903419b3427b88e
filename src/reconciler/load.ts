import { and, eq, isNotNull, isNull, lte, sql } from "drizzle-orm";
import { isLive, type StepContext } from "../db/attempts/context.ts";
import { startsAgainAtMs } from "../db/attempts/pace.ts";
import type { Tx } from "../db/client.ts";
import { agents, attempts, beads } from "../db/schema.ts";
import { BATCH } from "./limits.ts";
import type { Hooked, Snapshot } from "./types.ts";

/**
 * The bounded work set. Statuses stand as literals, not parameters: SQLite uses a partial index only when the query
 * itself says what the index promises.
 */
export function loadSnapshot(tx: Tx, { nowMs, settings }: StepContext): Snapshot {
  const expired = tx
    .select({ fence: attempts.fence })
    .from(attempts)
    .where(and(isLive, lte(attempts.leaseUntilMs, nowMs)))
    .orderBy(attempts.leaseUntilMs)
    .limit(BATCH)
    .all();
  const idle = loadIdle(tx, nowMs);
  return {
    nowMs,
    settings,
    expired,
    stopping: loadStopping(tx),
    mayStart: startsAgainAtMs(tx, nowMs, settings) === null,
    hooked: loadHooked(tx, nowMs),
    idle,
    ready: loadReady(tx, idle, nowMs),
    landable: loadLandable(tx, nowMs),
  };
}

const isIdle = sql`${agents.status} = 'idle'`;
/** A bead whose last run is still being stopped waits for that: never two of them beside each other. */
const isReady = sql`${beads.status} = 'open' AND ${beads.blockedBy} = 0 AND NOT EXISTS
  (SELECT 1 FROM attempts t WHERE t.bead_id = ${beads.id} AND t.state IN ('starting', 'running', 'stopping'))`;

const loadStopping = (tx: Tx): Snapshot["stopping"] =>
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
    .limit(BATCH)
    .all();

function loadHooked(tx: Tx, nowMs: number): Hooked[] {
  const rows = tx
    .select({
      agentId: agents.id,
      beadId: beads.id,
      rigId: agents.rigId,
      notBeforeMs: beads.notBeforeMs,
      agentNotBeforeMs: agents.notBeforeMs,
    })
    .from(agents)
    .innerJoin(beads, eq(beads.id, agents.beadId))
    .where(and(isIdle, isNotNull(agents.beadId), sql`${beads.status} = 'in_progress'`))
    .orderBy(agents.id)
    .limit(BATCH)
    .all();
  return rows.map((row) => ({ ...row, hasOthers: row.agentNotBeforeMs > nowMs && hasOthers(tx, row, nowMs) }));
}

/** Asked only for an agent that is cooling down. */
const hasOthers = (tx: Tx, { agentId, rigId }: { agentId: string; rigId: string }, nowMs: number): boolean =>
  tx
    .select({ id: agents.id })
    .from(agents)
    .where(
      and(
        eq(agents.rigId, rigId),
        sql`${agents.role} = 'worker'`,
        sql`${agents.id} <> ${agentId}`,
        lte(agents.notBeforeMs, nowMs),
      ),
    )
    .limit(1)
    .get() !== undefined;

const loadIdle = (tx: Tx, nowMs: number): Snapshot["idle"] =>
  tx
    .select({ agentId: agents.id, rigId: agents.rigId })
    .from(agents)
    .where(
      and(
        isIdle,
        isNull(agents.beadId),
        sql`${agents.role} = 'worker'`,
        lte(agents.notBeforeMs, nowMs),
        sql`EXISTS (SELECT 1 FROM beads b WHERE b.rig_id = ${agents.rigId} AND b.status = 'open' AND b.blocked_by = 0 AND b.not_before_ms <= ${nowMs})`,
      ),
    )
    .orderBy(agents.rigId, agents.id)
    .limit(BATCH)
    .all();

/**
 * For each rig with idle agents as many beads as they can take; for a rig where every agent is busy or hooked one bead
 * is enough to know that somebody waits.
 */
function loadReady(tx: Tx, idle: Snapshot["idle"], nowMs: number): Snapshot["ready"] {
  const wanted = new Map<string, number>();
  for (const { rigId } of idle) wanted.set(rigId, (wanted.get(rigId) ?? 0) + 1);
  const hookedRigs = tx
    .selectDistinct({ rigId: agents.rigId })
    .from(agents)
    .where(and(isIdle, isNotNull(agents.beadId)))
    .limit(BATCH)
    .all();
  for (const { rigId } of hookedRigs) wanted.set(rigId, (wanted.get(rigId) ?? 0) + 1);
  return [...wanted].flatMap(([rigId, count]) =>
    tx
      .select({ beadId: beads.id, rigId: beads.rigId })
      .from(beads)
      .where(and(eq(beads.rigId, rigId), isReady, lte(beads.notBeforeMs, nowMs)))
      .orderBy(beads.priority, beads.seq)
      .limit(count)
      .all(),
  );
}

const loadLandable = (tx: Tx, nowMs: number): Snapshot["landable"] =>
  tx
    .select({ beadId: beads.id, rigId: beads.rigId })
    .from(beads)
    .where(
      and(
        sql`${beads.status} = 'in_review'`,
        lte(beads.notBeforeMs, nowMs),
        sql`NOT EXISTS (SELECT 1 FROM attempts a WHERE a.rig_id = ${beads.rigId} AND a.kind = 'landing' AND a.state IN ('starting', 'running', 'stopping'))`,
      ),
    )
    .orderBy(beads.rigId, beads.priority, beads.seq)
    .limit(BATCH)
    .all();
