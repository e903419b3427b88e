import { and, gt, isNull, sql } from "drizzle-orm";
import { isLive, type StepContext } from "../db/attempts/context.ts";
import { startsAgainAtMs } from "../db/attempts/pace.ts";
import type { Tx } from "../db/client.ts";
import { agents, attempts, beads, effects, events } from "../db/schema.ts";
import { earliest } from "../lib/time.ts";

/**
 * When the loop is next needed: the earliest of all due columns, each read through its index. Null: nothing is due,
 * and the town sleeps until somebody brings news.
 *
 * Effects due already are left out: they wait for a free slot, and whatever frees it ticks the loop. Backoffs that have
 * passed are left out too: those beads wait for an agent, and an agent comes free by an event.
 */
export function nextWake(tx: Tx, { nowMs, settings }: StepContext): number | null {
  const effect = tx
    .select({ at: effects.dueAtMs })
    .from(effects)
    .where(sql`${effects.dueAtMs} > ${nowMs}`)
    .orderBy(effects.dueAtMs)
    .limit(1)
    .get();
  const lease = tx
    .select({ at: attempts.leaseUntilMs })
    .from(attempts)
    .where(isLive)
    .orderBy(attempts.leaseUntilMs)
    .limit(1)
    .get();
  const event = tx
    .select({ at: events.dueAtMs })
    .from(events)
    .where(isNull(events.quarantinedAtMs))
    .orderBy(events.dueAtMs)
    .limit(1)
    .get();
  const backoff = tx
    .select({ at: beads.notBeforeMs })
    .from(beads)
    .where(
      and(
        sql`${beads.notBeforeMs} > 0`,
        sql`${beads.notBeforeMs} > ${nowMs}`,
        sql`${beads.status} IN ('open', 'in_progress', 'in_review')`,
      ),
    )
    .orderBy(beads.notBeforeMs)
    .limit(1)
    .get();
  const cooled = tx
    .select({ at: agents.notBeforeMs })
    .from(agents)
    .where(and(sql`${agents.notBeforeMs} > 0`, gt(agents.notBeforeMs, nowMs)))
    .orderBy(agents.notBeforeMs)
    .limit(1)
    .get();
  return earliest(effect?.at, lease?.at, event?.at, backoff?.at, cooled?.at, startsAgainAtMs(tx, nowMs, settings));
}
