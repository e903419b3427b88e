/** What can be wrong with a town's progress, read from rows. Each says what it is, and what a person can do. */
import { and, isNull, sql } from "drizzle-orm";
import { typesOf } from "../../actions/index.ts";
import { openBreakers } from "../../attempts/breaker.ts";
import type { Tx } from "../../db/client.ts";
import { agentsNeedingAttention, rigsWithReady } from "../../db/probes.ts";
import { incidents, rigs, type TownRow } from "../../db/schema.ts";
import { atMost, prepared, slot } from "../../db/statements.ts";
import { readTown } from "../../db/town-row.ts";
import { counted, quoted } from "../../lib/text.ts";
import { FAILING_STREAK, STARVED_AFTER_MS } from "../limits.ts";
import { repeatedActions, worstBead } from "../repeated.ts";
import { type Condition, RIGS_LISTED } from "./condition.ts";
import { pauseNow } from "./staleness.ts";
import { starved } from "./starvation.ts";

/** The rigs in which a bead could be stuck. */
const unsettledRigs = (tx: Tx, nowMs: number): ReadonlySet<string> =>
  new Set([...rigsWithReady(tx), ...agentsNeedingAttention(tx, nowMs).rigsInTrouble]);

/**
 * In order of urgency. A paused town stands still on purpose, so only its failing ticks count.
 * @param unsettled the rigs in which a bead could be stuck, where that is known
 */
export function conditionsOf(tx: Tx, town: TownRow, nowMs: number, unsettled = unsettledRigs(tx, nowMs)): Condition[] {
  const found = [failing(town)];
  const paused = pauseNow(town, nowMs) !== null;
  if (!paused) found.push(spinning(tx, town, nowMs));
  if (!paused && !town.draining) {
    if (unsettled.size > 0) found.push(stuck(tx, nowMs, unsettled));
    found.push(starved(tx, town, nowMs));
  }
  return found.filter((condition) => condition !== null);
}

export function failing({ errorStreak, lastError }: Pick<TownRow, "errorStreak" | "lastError">): Condition | null {
  if (errorStreak < FAILING_STREAK) return null;
  return {
    kind: "failing",
    cause: `${errorStreak} ticks in a row have failed: ${quoted(lastError ?? "no reason given")}`,
    hint: "Look at the last error; what it names is skipped or tried again with backoff until it is mended.",
    evidence: { errorStreak, lastError },
  };
}

/** The same thing again and again, with nothing to show for it. */
function spinning(tx: Tx, row: TownRow, nowMs: number): Condition | null {
  const [open] = openBreakers(tx, row);
  if (open) {
    const { id, breaker } = open;
    const close = "POST …/breaker/close";
    const [host, request] = id === null ? ["the host", close] : [`host ${id}`, `${close} {"host":"${id}"}`];
    return {
      kind: "spinning",
      cause: `${host} failed ${breaker.failures} times in a row, so it is asked once in a while: ${quoted(breaker.failure.message)}`,
      hint: `Mend the host; it is found well by the next try, or at once after ${request}.`,
      evidence: {
        gate: "breaker",
        host: id,
        failures: breaker.failures,
        sinceMs: breaker.sinceMs,
        failure: breaker.failure,
      },
    };
  }
  const worstOne = worstBead(tx);
  if (worstOne) {
    const { bead } = worstOne;
    const { lastFailure: failure, dispatchFailures: times } = bead;
    return {
      kind: "spinning",
      cause: `${worstOne.row.what}: ${quoted(failure?.message ?? "no reason given")}`,
      hint: `Mend what the message says; then POST …/beads/${bead.id}/retry, or wait for the next try.`,
      evidence: {
        action: typesOf(bead.status === "in_review" ? "landing" : "start")[0],
        target: bead.id,
        times,
        failure,
      },
    };
  }
  const [worst] = repeatedActions(tx, row, nowMs);
  if (!worst) return null;
  const { action, target, times, why } = worst;
  return {
    kind: "spinning",
    cause: `${action} on ${target} was planned ${times} times and came to nothing: ${quoted(why)}`,
    hint: "This is a bug of ours, or a row that was changed by hand; that action waits, the others go on.",
    evidence: { action, target, times, why },
  };
}

/** One that was parted from its agent in doubt waits for another agent from the first moment. */
const waits = sql`(b.not_before_ms <= ${slot("nowMs")} OR b.strikes IS NOT NULL)`;

/**
 * Beads of a rig that wait, ready or on a hook, without one agent that works, or soon will: enabled, not silent past its lease,
 * not cooling down for long, and in no trouble that a person must mend. Once that is said of a rig, an agent in trouble unsays it
 * by a run that ends, not by its next try: or each would be news. Of another rig it says nothing: a short limit there stays short.
 */
const allStuckRigs = prepared((tx) =>
  tx
    .select({
      id: rigs.id,
      waiting: sql<number>`(SELECT count(*) FROM (SELECT 1 FROM beads b WHERE b.rig_id = rigs.id AND b.status = 'open' AND b.blocked_by = 0 AND ${waits} LIMIT 1000))
        + (SELECT count(*) FROM agents h WHERE h.rig_id = rigs.id AND h.bead_id IS NOT NULL AND (h.status = 'idle' OR h.troubles > 0))`,
      agents: sql<number>`(SELECT count(*) FROM agents a WHERE a.rig_id = rigs.id)`,
      trouble: sql<
        string | null
      >`(SELECT a.id || ': ' || json_extract(a.trouble, '$.message') FROM agents a WHERE a.rig_id = rigs.id AND a.troubles > 0 AND a.enabled LIMIT 1)`,
    })
    .from(rigs)
    .where(
      and(
        isNull(rigs.paused),
        sql`${rigs.id} IN (SELECT value FROM json_each(${slot<string>("unsettled")}))`,
        sql`(EXISTS (SELECT 1 FROM beads b WHERE b.rig_id = rigs.id AND b.status = 'open' AND b.blocked_by = 0 AND ${waits})
          OR EXISTS (SELECT 1 FROM agents h WHERE h.rig_id = rigs.id AND h.bead_id IS NOT NULL AND (h.status = 'idle' OR h.troubles > 0)))`,
        sql`NOT EXISTS (SELECT 1 FROM agents a WHERE a.rig_id = rigs.id AND a.enabled AND a.paused IS NULL AND a.role <> 'merger'
          AND a.not_before_ms <= ${slot("nowMs")} + ${sql.raw(String(STARVED_AFTER_MS))}
          AND (a.troubles = 0 OR NOT EXISTS (SELECT 1 FROM incidents i WHERE i.kind = 'stuck' AND i.closed_at_ms IS NULL AND i.evidence ->> '$.rig' = a.rig_id))
          AND CASE WHEN a.status = 'idle'
            THEN a.troubles = 0 OR json_extract(a.trouble, '$.kind') = 'provider_limited'
            ELSE EXISTS (SELECT 1 FROM attempts t WHERE t.fence = a.fence AND t.lease_until_ms > ${slot("nowMs")}) END)`,
      ),
    )
    .orderBy(rigs.id)
    .limit(atMost(RIGS_LISTED))
    .prepare(),
);

/** All of them, or as many as an operator reads of. */
export const stuckRigs = (tx: Tx, nowMs: number, most: number) =>
  allStuckRigs(tx)
    .all({ nowMs, unsettled: JSON.stringify([...unsettledRigs(tx, nowMs)]) })
    .slice(0, most);

const stuckIncident = prepared((tx) =>
  tx
    .select({ rig: sql<string | null>`${incidents.evidence} ->> '$.rig'` })
    .from(incidents)
    .where(and(isNull(incidents.closedAtMs), sql`${incidents.kind} = 'stuck'`))
    .limit(atMost(1))
    .prepare(),
);

function stuck(tx: Tx, nowMs: number, unsettled: ReadonlySet<string>): Condition | null {
  const all = allStuckRigs(tx).all({ nowMs, unsettled: JSON.stringify([...unsettled]) });
  const [first] = all;
  if (!first) return null;
  // The rig that the log has named stays the one that is named, for as long as it is stuck.
  const named = readTown(tx).openIncidents > 0 ? stuckIncident(tx).get()?.rig : null;
  const rig = all.find(({ id }) => id === named) ?? first;
  const others =
    all.length === 1
      ? ""
      : ` (and ${all.length < RIGS_LISTED ? "" : "at least "}${counted(all.length - 1, "other rig")} likewise)`;
  const { id, waiting, agents, trouble } = rig;
  const why =
    agents === 0 ? "it has no agents" : (trouble ?? "its agents are disabled, paused, cooling down or silent");
  return {
    kind: "stuck",
    cause: `${counted(waiting, "bead")} of rig ${id} ready, no available agents${others}: ${quoted(why)}`,
    hint:
      agents === 0
        ? `Add one: POST …/agents {"rig":"${id}",…}.`
        : "GET …/agents says what troubles each: enable one, mend its trouble, or add another.",
    evidence: { rig: id, ready: waiting, agents, trouble },
  };
}
