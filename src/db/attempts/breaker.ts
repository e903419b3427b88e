/**
 * The host's breaker. After so many failures of the host in a row nothing is asked of it for a while; then one try goes
 * out, and decides. Only proof of life ends it: a host that agrees and never runs anything is not well.
 */
import { sql } from "drizzle-orm";
import type { Tx } from "../client.ts";
import { atMost, prepared, slot } from "../prepared.ts";
import { type Attempt, attempts, type Breaker, type Failure } from "../schema.ts";
import { changeTown, readTown } from "../town.ts";
import { isLive, type StepContext } from "./context.ts";
import type { Cause } from "./policy.ts";

const FIRST_WAIT_MS = 30_000;
/** A host that is down for days is asked twelve times an hour. */
const LONGEST_WAIT_MS = 300_000;

/** Is it the host that failed? A refusal that names its reason is the word of a host that is well. */
const isHosts = ({ kind, code }: Cause, unheard: boolean): boolean =>
  kind === "unreachable" || kind === "timed_out" || code === "refused" || (code === "lease_expired" && unheard);

/** So many different beads must have failed: one that can't start is its own trouble, and must not stop the others. */
const BEADS = 2;

/** A start or a landing came to nothing. */
export function countHostFailure(
  tx: Tx,
  { fence, beadId, lastSeq }: Attempt,
  failure: Failure,
  ctx: StepContext,
): void {
  if (!isHosts(failure, lastSeq === null)) return;
  const before = readTown(tx).breaker;
  const { trips = 0, openUntilMs = null } = before ?? {};
  const failures = (before?.failures ?? 0) + 1;
  const failed = [...new Set([...(before?.beads ?? []), beadId])].slice(-BEADS);
  // Those that were under way when it opened say nothing new.
  const isOpen = openUntilMs !== null && ctx.nowMs < openUntilMs;
  const opens = !isOpen && failures >= ctx.settings.breakerAfter && failed.length >= BEADS;
  const breaker: Breaker = {
    failures,
    beads: failed,
    sinceMs: before?.sinceMs ?? ctx.nowMs,
    fence: Math.max(fence, before?.fence ?? 0),
    failure,
    trips: trips + (opens ? 1 : 0),
    openUntilMs: opens ? ctx.nowMs + Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(trips, 10)) : openUntilMs,
  };
  changeTown(tx, { breaker });
}

/** Something begun after the last failure was heard of for the first time. */
export function hostIsWell(tx: Tx, attempt: Attempt): void {
  if (attempt.lastSeq !== null) return;
  const { breaker } = readTown(tx);
  if (breaker && attempt.fence > breaker.fence) changeTown(tx, { breaker: null });
}

const begunSince = prepared((tx) =>
  tx
    .select({ fence: attempts.fence })
    .from(attempts)
    .where(sql`${attempts.fence} > ${slot("fence")} AND ${isLive}`)
    .limit(atMost(1))
    .prepare(),
);

/** How many attempts may begin as far as the breaker is concerned; null: as many as want to. */
export function probesLeft(tx: Tx, breaker: Breaker | null, nowMs: number): number | null {
  if (!breaker || breaker.openUntilMs === null) return null;
  if (nowMs < breaker.openUntilMs) return 0;
  return begunSince(tx).get({ fence: breaker.fence }) ? 0 : 1;
}
