import { sql } from "drizzle-orm";
import { pastLimitAtMs } from "../attempts/limit.ts";
import { liveAttempts } from "../attempts/live.ts";
import { startsAgainAtMs } from "../attempts/pace.ts";
import { nextTierAtMs } from "../attempts/stall.ts";
import type { Tx } from "../db/client.ts";
import { agentsNeedingAttention } from "../db/probes.ts";
import type { Incident } from "../db/schema.ts";
import { prepared, slot } from "../db/statements.ts";
import type { StepContext } from "../db/step.ts";
import { readTown } from "../db/town-row.ts";
import { prunesAtMs } from "../lib/retention.ts";
import { earliest } from "../lib/time.ts";
import { nextDeliveryMs } from "../webhooks/deliveries.ts";
import { hasWebhooks } from "../webhooks/subscriptions.ts";
import type { Begun } from "./begin.ts";
import type { Expired } from "./expire.ts";
import { countsSoFar, type Ingested } from "./ingest.ts";
import { DAY_MS, IDLE_WAKE_MS, MAX_SLEEP_MS, MIN_WAKE_MS } from "./limits.ts";
import type { Planned } from "./plan-and-claim.ts";
import type { WakeInputs } from "./types.ts";
import { starvedAtMs, starvingSince } from "./watch/starvation.ts";

/** Backoffs that have passed are left out: those beads wait for an agent, and an agent comes free by an event. */
const nextBackoff = prepared((tx) =>
  tx
    .select({ atMs: sql<number | null>`min(not_before_ms)` })
    .from(
      sql`(SELECT not_before_ms FROM beads WHERE not_before_ms > 0 AND not_before_ms > ${slot("nowMs")}
        AND status IN ('open', 'in_progress', 'in_review') ORDER BY not_before_ms LIMIT 1)`,
    )
    .prepare(),
);

const nextEvent = prepared((tx) =>
  tx
    .select({ atMs: sql<number | null>`min(due_at_ms)` })
    .from(sql`(SELECT due_at_ms FROM events WHERE quarantined_at_ms IS NULL ORDER BY due_at_ms LIMIT 1)`)
    .prepare(),
);

const nextEventMs = (tx: Tx, keepsEvents: boolean): number | null =>
  keepsEvents ? (nextEvent(tx).get()?.atMs ?? null) : null;

/**
 * A sign of life, or an accepted start, makes nothing come sooner but the end of its own lease; and a sign of life itself, if
 * it could not be applied.
 */
const nextWhenQuiet = (
  tx: Tx,
  { nowMs, settings: { firstLeaseMs } }: StepContext,
  { accepted, renewedMs, keepsEvents }: { accepted: boolean; renewedMs: number | null; keepsEvents: boolean },
): number | null => earliest(accepted ? nowMs + firstLeaseMs : null, renewedMs, nextEventMs(tx, keepsEvents));

/** What the pass knows when it has done what there was to do. */
interface Known {
  /** Null: more was done since the last look. */
  wakeInputs: WakeInputs | null;
  /** When the first effect that is on its way, or is put off, is due. */
  effectMs: number | null;
  /** Facts that could not be applied are kept. */
  keepsEvents: boolean;
  /** Something waits for the starts of the next minute. */
  isPaced: boolean;
}

/**
 * When the loop is next needed: the earliest of all due times. Null: nothing is due, and the town sleeps until a request or report
 * brings news. Effects due already are left out: they wait for a free slot, and what frees it ticks the loop.
 */
function nextWake(tx: Tx, ctx: StepContext, { wakeInputs, effectMs, keepsEvents, isPaced }: Known): number | null {
  const { nowMs, settings } = ctx;
  const live = wakeInputs?.live ?? liveAttempts(tx);
  const coolMs = wakeInputs ? wakeInputs.coolMs : agentsNeedingAttention(tx, nowMs).coolMs;
  const backoffMs = nextBackoff(tx).get({ nowMs })?.atMs ?? null;
  const dueAtMs = earliest(effectMs, live.leaseMs, nextEventMs(tx, keepsEvents), coolMs, backoffMs);
  const tierAtMs = nextTierAtMs(tx, nowMs, settings, live, dueAtMs);
  const paceMs = isPaced ? startsAgainAtMs(tx, readTown(tx).lastFence, nowMs, settings) : null;
  // One that has come and could not be answered is throttled, and has its own wake.
  const limitMs = pastLimitAtMs(live, settings);
  return earliest(dueAtMs, tierAtMs, paceMs, limitMs !== null && limitMs > nowMs ? limitMs : null);
}

/** What the steps before have done. */
export interface Done {
  ingested: Ingested;
  expired: Expired;
  isQuiet: boolean;
  planned: Planned;
  /** What was wrong before a command was applied. */
  incidentsBefore: ReadonlySet<Incident["kind"]>;
}

export interface Wake {
  /** When the loop is needed next, never in the past; null: nothing is due. */
  wakeAtMs: number | null;
  /** Since when work and free agents have stood beside each other. */
  starvingSinceMs: number | null;
}

export function planWake(tx: Tx, begun: Begun, done: Done): Wake {
  const { before, ctx, input } = begun;
  const { ingested, isQuiet, planned } = done;
  const { nowMs } = ctx;
  const starvingSinceMs = isQuiet ? before.starvingSinceMs : starvingSince(tx, before, readTown(tx), planned, nowMs);
  const dueMs = ingested.more || planned.unfinished ? nowMs : nextDueMs(tx, begun, done);
  const { applied, discarded } = ingested.counts;
  const isApplied = planned.rolledBack || planned.actions.some(({ outcome }) => outcome === "applied");
  const progressed = input.settled.length > 0 || isApplied || applied + discarded + planned.launches.length > 0;
  const soonestMs = earliest(
    soonest(earliest(dueMs, starvedAtMs(starvingSinceMs, nowMs)), nowMs, progressed),
    // What is held back is due all the while it is, which would hide when that ends.
    soonest(begun.book.nextMs, nowMs, progressed),
  );
  // What is renewed, or accepted, would move the wake, and each move is a write: coming once for nothing is cheaper.
  return { wakeAtMs: isQuiet ? earliest(before.nextWakeAtMs, soonestMs) : soonestMs, starvingSinceMs };
}

/** The earliest of what is due by rows, by gates that open, by pauses that end, and by history that grows old. */
function nextDueMs(tx: Tx, { ctx, heard, input }: Begun, { ingested, expired, isQuiet, planned }: Done): number | null {
  const after = readTown(tx);
  const { refused, actions, wakeInputs, effectMs } = planned;
  const counts = countsSoFar(tx, input, ingested);
  const keepsEvents = counts.received > counts.applied + counts.discarded;
  const isPaced = refused.length > 0 || actions.some(({ outcome }) => outcome === "stale");
  const { renewedMs } = heard;
  return earliest(
    isQuiet
      ? nextWhenQuiet(tx, ctx, { accepted: input.settled.length > 0, renewedMs, keepsEvents })
      : nextWake(tx, ctx, { wakeInputs, effectMs, keepsEvents, isPaced }),
    ...refused.map(({ gate }) => gate.untilMs),
    expired.nextMs,
    after.paused?.untilMs,
    prunesAtMs(after, after.settings.retention, counts.applied),
  );
}

/**
 * The same, and when a webhook is to be told something: known last, since what is only noticed is told as well. What is due already
 * was written down after the plan, or is held back. One that something is on its way to is told the next thing when that has ended.
 */
export function withDeliveries(
  tx: Tx,
  wakeAtMs: number | null,
  { ctx: { nowMs }, input: { inFlight } }: Begun,
  { launches }: Planned,
): number | null {
  if (!hasWebhooks(readTown(tx))) return wakeAtMs;
  const busy = new Set(
    [...inFlight.lanes(), ...launches].flatMap(({ kind, host }) => (kind === "webhook" ? host : [])),
  );
  return earliest(
    wakeAtMs,
    soonest(
      nextDeliveryMs(tx, (webhook) => !busy.has(webhook)),
      nowMs,
      false,
    ),
  );
}

/** Never in the past, and never in a hot loop: a pass that says "now" and does nothing waits. */
function soonest(due: number | null, nowMs: number, progressed: boolean): number | null {
  if (due === null) return null;
  const soonestMs = nowMs + (due > nowMs || progressed ? MIN_WAKE_MS : IDLE_WAKE_MS);
  // By whole days, or each pass would move an alarm that is far away, and each move is a write.
  const latestMs = Math.floor((nowMs + MAX_SLEEP_MS) / DAY_MS) * DAY_MS;
  return Math.min(Math.max(due, soonestMs), latestMs);
}
