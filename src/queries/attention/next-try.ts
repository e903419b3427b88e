/** When an agent that is in trouble is really tried next: it needs a bead for that, and the bead may wait longer than the agent does. */
import { eq, inArray, sql } from "drizzle-orm";
import { barredUntil } from "../../attempts/whose-trouble.ts";
import type { Tx } from "../../db/client.ts";
import { type Agent, agents, beads } from "../../db/schema.ts";
import { atMost } from "../../db/statements.ts";
import { earliest } from "../../lib/time.ts";

type Troubled = Pick<Agent, "rigId" | "status" | "beadId" | "doubts" | "notBeforeMs">;

/** How many of a rig's beads are read, and of a provider's agents. */
const LOOKED_AT = 50;

/** @returns null where it is being tried, could be at any moment, or has nothing to be tried with */
export function nextTryMs(
  tx: Tx,
  { rigId, status, beadId, doubts, notBeforeMs }: Troubled,
  nowMs: number,
): number | null {
  if (status !== "idle") return null;
  const waiting = tx
    .select({ id: beads.id, notBeforeMs: beads.notBeforeMs })
    .from(beads)
    .where(
      beadId === null
        ? sql`${beads.status} = 'open' AND ${beads.blockedBy} = 0 AND ${eq(beads.rigId, rigId)}`
        : eq(beads.id, beadId),
    )
    .limit(atMost(LOOKED_AT))
    .all();
  const tries = waiting.map((bead) =>
    Math.max(notBeforeMs, bead.notBeforeMs, barredUntil(doubts, bead.id, nowMs) ?? 0),
  );
  const firstMs = earliest(...tries);
  return firstMs !== null && firstMs > nowMs ? firstMs : null;
}

/** When the first agent of a provider is tried again. */
export function nextTryOfMs(tx: Tx, provider: string, nowMs: number): number | null {
  const all = tx.select().from(agents).where(eq(agents.provider, provider)).limit(atMost(LOOKED_AT)).all();
  if (all.some(({ status }) => status !== "idle")) return null;
  return earliest(
    ...all.filter(({ enabled, paused }) => enabled && !paused).map((agent) => nextTryMs(tx, agent, nowMs)),
  );
}

/** The oldest of what waits in a rig, as far as it is looked at: no older one could be missed. */
export function waitsSinceMs(tx: Tx, rigId: string): number | null {
  const at = { atMs: beads.createdAtMs };
  const ready = tx
    .select(at)
    .from(beads)
    .where(sql`${beads.status} = 'open' AND ${beads.blockedBy} = 0 AND ${eq(beads.rigId, rigId)}`)
    .limit(atMost(LOOKED_AT))
    .all();
  const hooked = tx
    .select(at)
    .from(beads)
    .where(
      inArray(
        beads.id,
        sql`(SELECT bead_id FROM agents WHERE rig_id = ${rigId} AND bead_id IS NOT NULL AND (status = 'idle' OR troubles > 0) LIMIT ${LOOKED_AT})`,
      ),
    )
    .all();
  return earliest(...[...ready, ...hooked].map(({ atMs }) => atMs));
}
