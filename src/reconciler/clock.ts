import { and, eq, gt, isNotNull, or, sql } from "drizzle-orm";
import { setDoubtsBack } from "../attempts/providers.ts";
import { setTroublesBack } from "../attempts/rig-trouble.ts";
import type { Tx } from "../db/client.ts";
import { agents, attempts, beads, effects, events, hosts, providers, type TownRow, town } from "../db/schema.ts";
import { prepared } from "../db/statements.ts";
import { isLive } from "../db/step.ts";
import { changeTown } from "../db/town-row.ts";
import { pruningSetBack } from "../lib/retention.ts";
import { setDeliveriesBack } from "../webhooks/deliveries.ts";
import { hasWebhooks } from "../webhooks/subscriptions.ts";

/** What the town's row says of its alarm. */
export const armed = prepared((tx) =>
  tx.select({ wakeAtMs: town.nextWakeAtMs, clockMs: town.clockMs }).from(town).prepare(),
);

/** Less than this is how clocks are corrected all day, and harmless. */
const TOLERATED_MS = 1_000;

export const wentBack = ({ clockMs }: Pick<TownRow, "clockMs">, nowMs: number): boolean =>
  clockMs - nowMs > TOLERATED_MS;

/**
 * When the clock has gone back since it was last read, every due time is set back with it: else all that is due would
 * wait for as long as the clock was wrong. A clock that jumped forward needs nothing: leases end early, and the fence
 * sees to the rest. What a person has named by the clock, such as the end of a pause, stays.
 *
 * @returns the town's row as it is now
 */
export function followClock(tx: Tx, before: TownRow, nowMs: number): TownRow {
  if (!wentBack(before, nowMs)) return before;
  const byMs = before.clockMs - nowMs;
  tx.update(attempts)
    .set({
      leaseUntilMs: sql`${attempts.leaseUntilMs} - ${byMs}`,
      agentActiveAtMs: sql`coalesce(${attempts.agentActiveAtMs}, ${attempts.acceptedAtMs}) - ${byMs}`,
    })
    .where(or(isLive, and(sql`${attempts.state} = 'released'`, gt(attempts.leaseUntilMs, nowMs))))
    .run();
  tx.update(effects)
    .set({ dueAtMs: sql`${effects.dueAtMs} - ${byMs}` })
    .run();
  tx.update(events)
    .set({ dueAtMs: sql`${events.dueAtMs} - ${byMs}` })
    .run();
  tx.update(agents)
    .set({ notBeforeMs: sql`max(1, ${agents.notBeforeMs} - ${byMs})` })
    .where(gt(agents.notBeforeMs, 0))
    .run();
  tx.update(providers)
    .set({ notBeforeMs: sql`max(1, ${providers.notBeforeMs} - ${byMs})` })
    .run();
  tx.update(beads)
    .set({ notBeforeMs: sql`max(1, ${beads.notBeforeMs} - ${byMs})` })
    .where(and(sql`${beads.notBeforeMs} > 0`, sql`${beads.status} IN ('open', 'in_progress', 'in_review')`))
    .run();
  for (const { id, breaker } of tx.select().from(hosts).where(isNotNull(hosts.breaker)).all())
    if (breaker)
      tx.update(hosts)
        .set({ breaker: { ...breaker, openUntilMs: setBack(breaker.openUntilMs, byMs) } })
        .where(eq(hosts.id, id))
        .run();
  for (const { id, full } of tx.select().from(hosts).where(isNotNull(hosts.full)).all())
    if (full)
      tx.update(hosts)
        .set({ full: { ...full, untilMs: setBack(full.untilMs, byMs) } })
        .where(eq(hosts.id, id))
        .run();
  setTroublesBack(tx, byMs);
  setDoubtsBack(tx, byMs);
  if (hasWebhooks(before)) setDeliveriesBack(tx, byMs);
  return changeTown(tx, {
    clockMs: nowMs,
    breaker: before.breaker && { ...before.breaker, openUntilMs: setBack(before.breaker.openUntilMs, byMs) },
    full: before.full && { ...before.full, untilMs: setBack(before.full.untilMs, byMs) },
    pollStartedAtMs: setBack(before.pollStartedAtMs, byMs),
    pollCompletedAtMs: setBack(before.pollCompletedAtMs, byMs),
    pruning: pruningSetBack(before.pruning, byMs),
    starvingSinceMs: setBack(before.starvingSinceMs, byMs),
  });
}

const setBack = (ms: number | null, byMs: number): number | null => (ms === null ? null : ms - byMs);
