/**
 * The breaker of a host. After this many consecutive failures it is asked to begin nothing for a while; then one try goes
 * out, and decides. Only proof of life ends it: a host that agrees and never runs anything is not well.
 */
import { eq, isNotNull, sql } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { type Attempt, attempts, type Breaker, beads, type Failure, hosts, type TownRow } from "../db/schema.ts";
import { atMost, prepared, slot } from "../db/statements.ts";
import { isLive, type StepContext } from "../db/step.ts";
import { changeTown, readTown } from "../db/town-row.ts";
import type { Cause } from "./policy.ts";
import { doubtUntil } from "./rig-trouble.ts";

const FIRST_WAIT_MS = 30_000;
/** A host that is down for days is asked twelve times an hour. */
const LONGEST_WAIT_MS = 300_000;

/** Is it the host that failed? A refusal that names its reason is the word of a host that is well. */
const isHosts = ({ kind, code }: Cause, unheard: boolean): boolean =>
  kind === "unreachable" || kind === "timed_out" || code === "refused" || (code === "lease_expired" && unheard);

/** How many different beads must have failed: one that can't start is its own trouble, and must not stop the others. */
const BEADS = 2;

/** Each host has one of its own: the town's own host in the town's row, a joined one in its. Null: it is well. */
export function breakerOf(tx: Tx, hostId: string | null): Breaker | null {
  if (hostId === null) return readTown(tx).breaker;
  return ofHost(tx).get({ hostId })?.breaker ?? null;
}

const ofHost = prepared((tx) =>
  tx
    .select({ breaker: hosts.breaker })
    .from(hosts)
    .where(eq(hosts.id, slot<string>("hostId")))
    .prepare(),
);

export function setBreaker(tx: Tx, hostId: string | null, breaker: Breaker | null): void {
  if (hostId === null) changeTown(tx, { breaker });
  else tx.update(hosts).set({ breaker }).where(eq(hosts.id, hostId)).run();
}

const tripped = prepared((tx) =>
  tx
    .select({ id: hosts.id, breaker: hosts.breaker })
    .from(hosts)
    .where(isNotNull(hosts.breaker))
    .orderBy(hosts.id)
    .prepare(),
);

/** Of hosts that are left alone, or tried with one start at a time: the town's own first. */
export function openBreakers(tx: Tx, { breaker: own, settings }: TownRow): { id: string | null; breaker: Breaker }[] {
  // In other towns no host joins, and a query that finds no host costs a row as well.
  const joined = settings.hosts === "external" ? tripped(tx).all() : [];
  const all = [{ id: null, breaker: own }, ...joined];
  return all.flatMap(({ id, breaker }) => (breaker && breaker.openUntilMs !== null ? [{ id, breaker }] : []));
}

/** A start came to nothing. */
export function countHostFailure(
  tx: Tx,
  { fence, beadId, lastSeq, hostId }: Attempt,
  failure: Failure,
  ctx: StepContext,
): void {
  if (!isHosts(failure, lastSeq === null)) return;
  const before = breakerOf(tx, hostId);
  const { trips = 0, openUntilMs = null } = before ?? {};
  const failures = (before?.failures ?? 0) + 1;
  const failed = [...new Set([...(before?.beads ?? []), beadId])].slice(-BEADS);
  // Those that were under way when it opened say nothing new.
  const isOpen = openUntilMs !== null && ctx.nowMs < openUntilMs;
  const opens = !isOpen && failures >= ctx.settings.breakerAfter && failed.length >= BEADS;
  setBreaker(tx, hostId, {
    failures,
    beads: failed,
    sinceMs: before?.sinceMs ?? ctx.nowMs,
    fence: Math.max(fence, before?.fence ?? 0),
    failure,
    trips: trips + (opens ? 1 : 0),
    openUntilMs: opens ? ctx.nowMs + Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(trips, 10)) : openUntilMs,
  });
}

/**
 * Something is heard of an attempt for the first time: so its start has worked, and that is later than any failure that was
 * counted. It may be the very start that was given up at its deadline. One that was heard of before says nothing of starts.
 */
export function hostIsWell(tx: Tx, { lastSeq, hostId }: Attempt, ctx: StepContext): void {
  if (lastSeq !== null || breakerOf(tx, hostId) === null) return;
  setBreaker(tx, hostId, null);
  ctx.moreToPlan?.();
}

/** What waits since this host could not begin it waits no longer. */
export function forgetHostFailures(tx: Tx, hostId: string | null, nowMs: number): void {
  tx.update(beads)
    .set({ dispatchFailures: 0, notBeforeMs: sql`coalesce((${doubtUntil(nowMs)}), 0)` })
    .where(
      sql`${beads.notBeforeMs} > 0 AND ${beads.status} IN ('open', 'in_progress', 'in_review')
        AND json_extract(${beads.lastFailure}, '$.kind') IN ('unreachable', 'timed_out', 'refused')
        AND EXISTS (SELECT 1 FROM attempts a WHERE a.fence = ${beads.fence} AND a.ended_at_ms IS NOT NULL AND a.host_id IS ${hostId})`,
    )
    .run();
}

const begunSince = prepared((tx) =>
  tx
    .select({ fence: attempts.fence })
    .from(attempts)
    .where(sql`${attempts.fence} > ${slot("fence")} AND ${isLive} AND ${attempts.hostId} IS ${slot<string>("hostId")}`)
    .limit(atMost(1))
    .prepare(),
);

/** How many attempts may begin on a host as far as its breaker is concerned; null: as many as want to. */
export function probesLeft(tx: Tx, hostId: string | null, breaker: Breaker | null, nowMs: number): number | null {
  if (!breaker || breaker.openUntilMs === null) return null;
  if (nowMs < breaker.openUntilMs) return 0;
  return begunSince(tx).get({ fence: breaker.fence, hostId }) ? 0 : 1;
}
