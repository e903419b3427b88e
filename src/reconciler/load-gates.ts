/** The gates of a snapshot: caps, budgets, and beads that would meet in the same paths. Read only where they can matter. */
import { and, eq, isNull, sql } from "drizzle-orm";
import { liveRuns } from "../attempts/caps.ts";
import { isRemotes } from "../attempts/policy.ts";
import { landingBar, pushesLeft } from "../attempts/rig-trouble.ts";
import { nextDayMs, scopesOf, spentUp } from "../attempts/spending.ts";
import type { Tx } from "../db/client.ts";
import type { RigTrouble } from "../db/schema.ts";
import { agents, attempts, beads, rigs } from "../db/schema.ts";
import { prepared, slot } from "../db/statements.ts";
import type { StepContext } from "../db/step.ts";
import { overlapping } from "../lib/paths.ts";
import type { Settings } from "../lib/settings.ts";
import { counted } from "../lib/text.ts";
import type { Gate, Pushes, RigGates, Room } from "./types.ts";

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
export function loadRoom(tx: Tx, { settings }: StepContext, inPlay: readonly RigInPlay[]): Room {
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
  new Map(
    inPlay.map((rig) => [rig.id, { budget: budgetGate(tx, ctx, { rigId: rig.id }), review: reviewGate(ctx, rig) }]),
  );

/** @param what of a rig, or of one bead alone */
export function budgetGate(
  tx: Tx,
  { nowMs, settings }: StepContext,
  what: { rigId: string; beadId?: string },
): Gate | null {
  const scopes = scopesOf(settings, what).filter(({ kind }) => (kind === "bead") === (what.beadId !== undefined));
  const spent = scopes.length > 0 ? spentUp(tx, scopes, nowMs) : null;
  if (!spent) return null;
  const [used, budget] = [spent.spentMs, spent.budgetMs].map((ms) => Math.round(ms / 60_000));
  const why = `${spent.key} has used ${used} of its ${budget} minutes of today (UTC)`;
  return { name: "day_budget", why, untilMs: nextDayMs(nowMs) };
}

export function reviewGate({ settings }: StepContext, { id, inReview, maxInReview }: RigInPlay): Gate | null {
  const cap = maxInReview ?? settings.maxInReviewPerRig;
  if (inReview < cap) return null;
  return {
    name: "review_cap",
    why: `${counted(inReview, "bead")} of rig ${id} wait${inReview === 1 ? "s" : ""} to land, and ${cap} may`,
    untilMs: null,
  };
}

/** @param left how many runs may try it now, before one more is refused */
export function pushesOf(tx: Tx, rigId: string, trouble: RigTrouble, nowMs: number): Pushes {
  const { failure, untilMs } = trouble;
  const isShut = untilMs !== null && nowMs < untilMs;
  const isAway = isRemotes(failure);
  const shut = isAway ? `runs of rig ${rigId} wait for its remote` : `the remote takes no branch of rig ${rigId}`;
  const open = isAway ? `the remote of rig ${rigId} is there again` : `the remote takes branches of rig ${rigId} again`;
  const why = isShut ? `${shut}: ${failure.message}` : `one run finds out whether ${open}`;
  return {
    left: pushesLeft(tx, rigId, trouble, nowMs),
    gate: { name: "rig_trouble", why, untilMs: isShut ? untilMs : null },
  };
}

/** Why this bead may not land, as far as its rig is in trouble. */
export function landingGate(rigId: string, trouble: RigTrouble | null, beadId: string, nowMs: number): Gate | null {
  const untilMs = landingBar(trouble, beadId, nowMs);
  if (trouble === null || untilMs === null) return null;
  return { name: "rig_trouble", why: `landings of rig ${rigId} wait: ${trouble.failure.message}`, untilMs };
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
export function overlapGate(
  { id, touches }: { id: string; touches: readonly string[] },
  others: ReturnType<typeof changesIn>,
  { nowMs, settings }: StepContext,
): Gate | null {
  for (const other of others) {
    const untilMs = other.sinceMs + settings.overlapWaitMs;
    const path = other.id === id || untilMs <= nowMs ? null : overlapping(touches, other.touches);
    if (path) return { name: "overlap", why: `bead ${other.id} is changing ${path}`, untilMs };
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

const rigGoesOn = sql`NOT EXISTS (SELECT 1 FROM rigs r WHERE r.id = ${agents.rigId} AND r.paused IS NOT NULL)`;
export const agentGoesOn = and(sql`${agents.enabled}`, isNull(agents.paused), rigGoesOn);

export const isIdle = sql`${agents.status} = 'idle'`;
