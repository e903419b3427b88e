/** Work and free agents that stand beside each other with no run begun, or landings that no host is there for. */
import { and, isNull, type SQL, sql } from "drizzle-orm";
import { definitionOf, typesOf } from "../../actions/index.ts";
import { hostsThere } from "../../attempts/hosts.ts";
import { startsAgainAtMs } from "../../attempts/pace.ts";
import type { Tx } from "../../db/client.ts";
import { rigs, type TownRow } from "../../db/schema.ts";
import { atMost, prepared, slot } from "../../db/statements.ts";
import { counted } from "../../lib/text.ts";
import type { Refused } from "../allowance.ts";
import { gateNamed } from "../gates/index.ts";
import { noHost } from "../gates/no-host.ts";
import { STARVED_AFTER_MS } from "../limits.ts";
import type { Planned } from "../plan-and-claim.ts";
import { type Condition, RIGS_LISTED } from "./condition.ts";

/** @returns since when; null: it is not so. A landing that begins feeds no agent. */
export function starvingSince(
  tx: Tx,
  before: TownRow,
  after: TownRow,
  { launches, refused, wakeInputs }: Planned,
  nowMs: number,
): number | null {
  const dispatched = launches.some(({ action }) => definitionOf(action).isProductive);
  if (dispatched || (refused.length > 0 && refused.every(isMeant))) return null;
  if (after.paused || after.draining) return null;
  const isLanding = refused.some(({ gate }) => gate.name === noHost.name);
  if (wakeInputs?.unsettledRigs.size === 0 && !isLanding) return null;
  return starvingRigs(tx, after, nowMs, 1).length > 0 ? (before.starvingSinceMs ?? nowMs) : null;
}

/** An operator wants it so, or the host's breaker says on its own why nothing starts. */
const isMeant = ({ gate }: Refused): boolean => !gateNamed(gate.name)?.mayStarve;

/** When it becomes an incident. Once it is one, it ends with what ends it, and has no wake. */
export const starvedAtMs = (sinceMs: number | null, nowMs: number): number | null =>
  sinceMs !== null && sinceMs + STARVED_AFTER_MS > nowMs ? sinceMs + STARVED_AFTER_MS : null;

export function starved(tx: Tx, town: TownRow, nowMs: number): Condition | null {
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
