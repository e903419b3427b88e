/** What can be wrong with a town's progress, read from rows. Each says what it is, and what a person can do. */
import { and, isNull, type SQL, sql } from "drizzle-orm";
import { typesOf } from "../../actions/index.ts";
import { openBreakers } from "../../attempts/breaker.ts";
import { hostsThere } from "../../attempts/hosts.ts";
import { startsAgainAtMs } from "../../attempts/pace.ts";
import type { Tx } from "../../db/client.ts";
import { agentsNeedingAttention, rigsWithReady } from "../../db/probes.ts";
import { type Incident, incidents, rigs, type TownRow } from "../../db/schema.ts";
import { atMost, prepared, slot } from "../../db/statements.ts";
import { readTown } from "../../db/town-row.ts";
import { counted, quoted } from "../../lib/text.ts";
import { FAILING_STREAK, STARVED_AFTER_MS } from "../limits.ts";
import { repeatedActions, worstBead } from "../repeated.ts";
import { pauseNow } from "./staleness.ts";

/** Of rigs in one kind of trouble so many are listed. */
const RIGS_LISTED = 51;

/** The rigs in which a bead could be stuck. */
const unsettledRigs = (tx: Tx, nowMs: number): ReadonlySet<string> =>
  new Set([...rigsWithReady(tx), ...agentsNeedingAttention(tx, nowMs).rigsInTrouble]);

export type Condition = Pick<Incident, "kind" | "cause" | "hint" | "evidence">;

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

function starved(tx: Tx, town: TownRow, nowMs: number): Condition | null {
  const { starvingSinceMs } = town;
  if (starvingSinceMs === null || nowMs - starvingSinceMs < STARVED_AFTER_MS) return null;
  const [rig] = starvingRigs(tx, town, nowMs, 1);
  if (!rig) return null;
  return {
    kind: "starved",
    cause: `${whatStarves(rig)}, and nothing was started for 5 minutes`,
    ...whatShuts(tx, town, rig, nowMs),
  };
}

/** What keeps them apart, as far as rows tell. */
function whatShuts(
  tx: Tx,
  { settings, repeats, lastFence }: TownRow,
  rig: Starving,
  nowMs: number,
): Pick<Condition, "hint" | "evidence"> {
  const throttled = Object.keys(repeats).filter((key) =>
    typesOf("start").some((type) => key.startsWith(`${type} `)),
  ).length;
  const { id, ready, free, toLand } = rig;
  const evidence = { rig: id, ready, free, ...(toLand > 0 && { toLand }), held: throttled };
  if (hostsThere(tx, settings).length === 0)
    return {
      hint: "No host is connected and enabled: start the host program on one of GET …/hosts, or enable it.",
      evidence: { ...evidence, gate: "no_host" },
    };
  if (startsAgainAtMs(tx, lastFence, nowMs, settings) !== null) {
    const hint = `The cap of ${settings.startsPerMinute} starts a minute may be too low: landings come first. PATCH …/{town} {"settings":{"startsPerMinute":…}} raises it.`;
    return { hint, evidence: { ...evidence, gate: "starts_per_minute" } };
  }
  if (throttled > 0)
    return { hint: "Their start fails each time: GET …/ticks says why.", evidence: { ...evidence, gate: "held_back" } };
  return {
    hint: "No gate is known to hold them: POST …/reconcile, then GET …/ticks.",
    evidence: { ...evidence, gate: null },
  };
}

/** Waits on the hook of an agent that could go on with it. */
const goesOnWith = (rig: SQL): SQL => sql`FROM agents h JOIN beads w ON w.id = h.bead_id
  WHERE h.rig_id = ${rig} AND h.status = 'idle' AND h.enabled AND h.paused IS NULL AND h.not_before_ms <= ${slot("nowMs")}
    AND w.status = 'in_progress' AND w.not_before_ms <= ${slot("nowMs")}`;

/** A rig with a ready bead and an agent that could take it, side by side; or with one that has it on the hook already. */
const starvingWithin = (most: number) =>
  prepared((tx) =>
    tx
      .select({
        id: rigs.id,
        ready: sql<number>`(SELECT count(*) FROM (SELECT 1 FROM beads b WHERE b.rig_id = rigs.id AND b.status = 'open' AND b.blocked_by = 0 AND b.not_before_ms <= ${slot("nowMs")} LIMIT 1000)) + (SELECT count(*) ${goesOnWith(sql`rigs.id`)})`,
        free: sql<number>`(SELECT count(*) FROM agents a WHERE a.rig_id = rigs.id AND a.status = 'idle' AND a.enabled AND a.paused IS NULL AND a.role <> 'merger' AND a.bead_id IS NULL AND a.not_before_ms <= ${slot("nowMs")}) + (SELECT count(*) ${goesOnWith(sql`rigs.id`)})`,
      })
      .from(rigs)
      .where(
        and(
          isNull(rigs.paused),
          sql`(EXISTS (SELECT 1 ${goesOnWith(sql`rigs.id`)})
          OR (EXISTS (SELECT 1 FROM beads b WHERE b.rig_id = rigs.id AND b.status = 'open' AND b.blocked_by = 0 AND b.not_before_ms <= ${slot("nowMs")}
              AND NOT EXISTS (SELECT 1 FROM attempts t WHERE t.bead_id = b.id AND t.ended_at_ms IS NULL))
            AND EXISTS (SELECT 1 FROM agents a WHERE a.rig_id = rigs.id AND a.status = 'idle' AND a.enabled AND a.paused IS NULL AND a.role <> 'merger' AND a.bead_id IS NULL AND a.not_before_ms <= ${slot("nowMs")})))`,
        ),
      )
      .limit(atMost(most))
      .prepare(),
  );

const starvingRig = starvingWithin(1);
const allStarvingRigs = starvingWithin(RIGS_LISTED);

/** Rigs in which something is to land. */
const landingWithin = (most: number) =>
  prepared((tx) =>
    tx
      .select({
        id: rigs.id,
        toLand: sql<number>`(SELECT count(*) FROM (SELECT 1 FROM beads b WHERE b.rig_id = rigs.id AND b.status = 'in_review' LIMIT 1000))`,
      })
      .from(rigs)
      .where(
        and(
          isNull(rigs.paused),
          sql`EXISTS (SELECT 1 FROM beads b WHERE b.rig_id = rigs.id AND b.status = 'in_review' AND b.not_before_ms <= ${slot("nowMs")})`,
        ),
      )
      .limit(atMost(most))
      .prepare(),
  );

const landingRig = landingWithin(1);
const allLandingRigs = landingWithin(RIGS_LISTED);

/** A rig whose beads, ready or to land, and whose agents stand idle. */
export interface Starving {
  id: string;
  ready: number;
  /** Agents that could take them. */
  free: number;
  /** A landing wants no agent: it waits like this only where no host is there. Told where nothing is ready. */
  toLand: number;
}

/** Those with work and hands beside each other; where there is none, and no host, those with something to land. */
export function starvingRigs(tx: Tx, { settings }: TownRow, nowMs: number, most: number): Starving[] {
  const [working, landing] = most === 1 ? [starvingRig, landingRig] : [allStarvingRigs, allLandingRigs];
  const found = working(tx).all({ nowMs });
  if (found.length > 0) return found.slice(0, most).map((rig) => ({ ...rig, toLand: 0 }));
  if (hostsThere(tx, settings).length > 0) return [];
  return landing(tx)
    .all({ nowMs })
    .slice(0, most)
    .map((rig) => ({ ...rig, ready: 0, free: 0 }));
}

const whatStarves = ({ id, ready, free, toLand }: Starving): string =>
  toLand > 0
    ? `${counted(toLand, "bead")} of rig ${id} to land, no host to do it`
    : `${counted(ready, "bead")} of rig ${id} ready, ${counted(free, "agent")} free`;

/** Whether work and hands stand idle beside each other: asked after a pass that started nothing. */
export const isStarving = (tx: Tx, town: TownRow, nowMs: number): boolean =>
  starvingRigs(tx, town, nowMs, 1).length > 0;
