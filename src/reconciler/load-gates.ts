/** The gates of a snapshot: caps, budgets, and beads that would meet in the same paths. Read only where they can matter. */
import { and, eq, isNull, sql } from "drizzle-orm";
import { liveRuns } from "../attempts/caps.ts";
import { landingBar, ofAll, pushesLeft } from "../attempts/rig-trouble.ts";
import { scopesOf, spentUp } from "../attempts/spending.ts";
import type { Tx } from "../db/client.ts";
import type { RigTrouble } from "../db/schema.ts";
import { agents, attempts, beads, rigs } from "../db/schema.ts";
import { prepared, slot } from "../db/statements.ts";
import type { StepContext } from "../db/step.ts";
import { overlapping } from "../lib/paths.ts";
import type { Settings } from "../lib/settings.ts";
import type { PlanFacts, Pushes, RunsLeft } from "./gates/gate.ts";
import { rigGoesOn } from "./gates/rig-paused.ts";
import type { RigGates } from "./types.ts";

const rigInPlay = prepared((tx) =>
  tx
    .select({
      id: rigs.id,
      maxAgents: rigs.maxAgents,
      maxInReview: rigs.maxInReview,
      inReview: sql<number>`(SELECT count(*) FROM beads b WHERE b.rig_id = rigs.id AND b.status = 'in_review')`,
    })
    .from(rigs)
    .where(eq(rigs.id, slot<string>("rigId")))
    .prepare(),
);

type RigInPlay = NonNullable<ReturnType<ReturnType<typeof rigInPlay>["get"]>>;

/** The caps of these rigs, and how much of them waits to land. */
export const loadRigs = (tx: Tx, rigIds: Iterable<string>): RigInPlay[] =>
  [...rigIds].flatMap((rigId) => rigInPlay(tx).get({ rigId }) ?? []);

/** How many runs are live now, where there is a cap to hold them against. */
export function loadRunsLeft(tx: Tx, { settings }: StepContext, inPlay: readonly RigInPlay[]): RunsLeft {
  const rigCap = new Map<string, number>();
  for (const { id, maxAgents } of inPlay) {
    const cap = maxAgents ?? settings.maxAgentsPerRig;
    if (cap !== undefined) rigCap.set(id, cap);
  }
  const roleCap = new Map(Object.entries(settings.maxAgentsByRole));
  let town = settings.maxAgents ?? Number.POSITIVE_INFINITY;
  if (rigCap.size + roleCap.size === 0 && settings.maxAgents === undefined)
    return { town, rigs: rigCap, roles: roleCap };
  for (const { rigId, role, count } of liveRuns(tx).all()) {
    town -= count;
    less(rigCap, rigId, count);
    less(roleCap, role, count);
  }
  return { town, rigs: rigCap, roles: roleCap };
}

function less(room: Map<string, number>, key: string, count: number): void {
  const left = room.get(key);
  if (left !== undefined) room.set(key, left - count);
}

export const loadRigGates = (tx: Tx, ctx: StepContext, inPlay: readonly RigInPlay[]): Map<string, RigGates> =>
  new Map(inPlay.map((rig) => [rig.id, { spent: spentOf(tx, ctx, { rigId: rig.id }), review: reviewOf(ctx, rig) }]));

/** @param what of a rig, or of one bead alone */
export function spentOf(
  tx: Tx,
  { nowMs, settings }: StepContext,
  what: { rigId: string; beadId?: string },
): PlanFacts["spent"] {
  const scopes = scopesOf(settings, what).filter(({ kind }) => (kind === "bead") === (what.beadId !== undefined));
  return scopes.length > 0 ? spentUp(tx, scopes, nowMs) : null;
}

export const reviewOf = ({ settings }: StepContext, { inReview, maxInReview }: RigInPlay) => ({
  waiting: inReview,
  cap: maxInReview ?? settings.maxInReviewPerRig,
});

/** How many runs may try now whether its remote takes branches again, where all runs of a rig wait for that. */
export function pushesOf(tx: Tx, rigId: string, pushTrouble: RigTrouble | null, nowMs: number): Pushes | null {
  const trouble = ofAll(pushTrouble);
  return trouble && { left: pushesLeft(tx, rigId, trouble, nowMs), trouble };
}

/** What this bead's landing waits for, as far as its rig is in trouble. */
export function landingTroubleOf(
  trouble: RigTrouble | null,
  beadId: string,
  nowMs: number,
): PlanFacts["landingTrouble"] {
  const untilMs = landingBar(trouble, beadId, nowMs);
  return trouble === null || untilMs === null ? null : { ...trouble, untilMs };
}

const changing = prepared((tx) =>
  tx
    .select({ id: beads.id, touches: beads.touches, sinceMs: attempts.startedAtMs })
    .from(attempts)
    .innerJoin(beads, eq(beads.id, attempts.beadId))
    .where(
      and(sql`${attempts.endedAtMs} IS NULL`, eq(attempts.rigId, slot<string>("rigId")), sql`${beads.touches} <> '[]'`),
    )
    .prepare(),
);

const changed = prepared((tx) =>
  tx
    .select({ id: beads.id, touches: beads.touches, sinceMs: beads.updatedAtMs })
    .from(beads)
    .where(
      and(eq(beads.rigId, slot<string>("rigId")), sql`${beads.status} = 'in_review'`, sql`${beads.touches} <> '[]'`),
    )
    .prepare(),
);

/** Beads of a rig whose paths are being changed, or wait to land changed; and since when. */
export function changesIn(tx: Tx, rigId: string) {
  return [...changing(tx).all({ rigId }), ...changed(tx).all({ rigId })];
}

/** A bead waits for those that change the same paths, but not for ever: it is likely to conflict, not certain. */
export function overlapOf(
  { id, touches }: { id: string; touches: readonly string[] },
  others: ReturnType<typeof changesIn>,
  { nowMs, settings }: StepContext,
): PlanFacts["overlap"] {
  for (const other of others) {
    const untilMs = other.sinceMs + settings.overlapWaitMs;
    const path = other.id === id || untilMs <= nowMs ? null : overlapping(touches, other.touches);
    if (path) return { what: `bead ${other.id} is changing ${path}`, untilMs };
  }
  return null;
}

const servedLast = prepared((tx) =>
  tx
    .select({ fence: sql<number | null>`max(${agents.lastFence})` })
    .from(agents)
    .where(eq(agents.rigId, slot<string>("rigId")))
    .prepare(),
);

export const loadServed = (tx: Tx, rigIds: ReadonlySet<string>): Map<string, number> =>
  new Map([...rigIds].map((rigId) => [rigId, servedLast(tx).get({ rigId })?.fence ?? 0]));

/** Whether fewer may begin than could. */
export const isTight = (settings: Settings): boolean =>
  settings.maxAgents !== undefined || Object.keys(settings.maxAgentsByRole).length > 0;

/** Agents that are not being stopped. */
export const agentGoesOn = and(sql`${agents.enabled}`, isNull(agents.paused), rigGoesOn(agents.rigId));

export const isIdle = sql`${agents.status} = 'idle'`;
