/** Ready beads of a snapshot, and idle agents that could take them: no more of either than can be of use. */
import { and, eq, isNull, lte, sql } from "drizzle-orm";
import { barsOf } from "../attempts/whose-trouble.ts";
import type { Tx } from "../db/client.ts";
import { ofRigs } from "../db/of-rigs.ts";
import type { AgentsNeedingAttention } from "../db/probes.ts";
import { agents, attempts, beads } from "../db/schema.ts";
import { atMost, prepared, slot } from "../db/statements.ts";
import { isNotUnderWay, type StepContext } from "../db/step.ts";
import { assert } from "../lib/guard.ts";
import { backoffIsOver } from "./gates/backoff.ts";
import { dayBudget } from "./gates/day-budget.ts";
import { reading } from "./gates/gate.ts";
import { overlap } from "./gates/overlap.ts";
import { BATCH } from "./limits.ts";
import { agentGoesOn, changesIn, isIdle, overlapOf, spentOf } from "./load-gates.ts";
import type { Throttled } from "./repeats.ts";
import type { Snapshot } from "./types.ts";

const wantedAgent = { agentId: agents.id, rigId: agents.rigId, role: agents.role, doubts: agents.doubts };

/** In order of their names, so that it makes no difference who looks. */
const idleAgents = Array.from({ length: BATCH + 1 }, (_, limit) =>
  ofRigs(wantedAgent, (tx, rigId) =>
    tx
      .select(wantedAgent)
      .from(agents)
      .where(
        and(
          eq(agents.rigId, rigId),
          isIdle,
          isNull(agents.beadId),
          agentGoesOn,
          sql`${agents.role} <> 'merger'`,
          lte(agents.notBeforeMs, slot("nowMs")),
        ),
      )
      .orderBy(agents.id)
      .limit(atMost(limit)),
  ),
);

const wantedBead = {
  beadId: beads.id,
  rigId: beads.rigId,
  touches: beads.touches,
  failures: beads.dispatchFailures,
  failedRuns: beads.failures,
  strikes: beads.strikes,
};

/** For each limit its own statement. A bead whose last run is still being stopped waits for that: never two of them beside each other. */
const readyBeads = Array.from({ length: BATCH + 1 }, (_, limit) =>
  ofRigs(wantedBead, (tx, rigId) =>
    tx
      .select(wantedBead)
      .from(beads)
      .where(
        and(
          eq(beads.rigId, rigId),
          sql`${beads.status} = 'open' AND ${beads.blockedBy} = 0`,
          backoffIsOver,
          isNotUnderWay,
        ),
      )
      .orderBy(beads.priority, beads.unpaidTries, beads.seq)
      .limit(atMost(limit)),
  ),
);

/** Those whose runs of a bead failed: for its next try another agent is as good, and tells more. */
const failedBy = prepared((tx) =>
  tx
    .selectDistinct({ agentId: attempts.agentId })
    .from(attempts)
    .where(
      and(eq(attempts.beadId, slot<string>("beadId")), sql`${attempts.kind} = 'run' AND ${attempts.state} = 'failed'`),
    )
    .prepare(),
);

/** This many ready beads of a rig are read before it is known which agents could take them. */
const FEW = 2;

/**
 * For each rig with idle agents as many beads as they can take, and no more agents than could be of use; for a rig where
 * every agent is busy or hooked one bead is enough to know that work waits.
 *
 * @param most how many of a rig can be of use: as many as may begin now, and one more, to know that work waits
 */
export function loadReady(
  tx: Tx,
  withReady: readonly string[],
  { rigsWithHooks }: AgentsNeedingAttention,
  ctx: StepContext,
  throttled: Throttled,
  most: number,
): Pick<Snapshot, "idle" | "ready"> & { left: string[] } {
  const left: string[] = [];
  const idle: Snapshot["idle"][number][] = [];
  const ready: Snapshot["ready"][number][] = [];
  // Which agent takes a bead may be a matter of its role: then one is not as good as another.
  const anyWill = Object.keys(ctx.settings.maxAgentsByRole).length === 0;
  const fewOf = Map.groupBy(readyOf(tx, withReady, FEW + throttled.size, ctx, throttled), ({ rigId }) => rigId);
  const looks = [...fewOf].map(([rigId, few]): Look => {
    const isAll = few.length < FEW;
    const enough = isAll ? few.length : rigsWithHooks.has(rigId) ? BATCH : most;
    const isAnyAsGood = anyWill && !few.some(({ isStruck, failedBy }) => isStruck || failedBy.length > 0);
    return { rigId, few, isAll, isAnyAsGood, limit: isAnyAsGood ? Math.min(enough, BATCH) : BATCH };
  });
  const ahead = new Map<string, Snapshot["idle"]>();
  for (const [index, { rigId, few, isAll, isAnyAsGood, limit }] of looks.entries()) {
    const room = BATCH - idle.length;
    if (!ahead.has(rigId)) lookAhead(tx, looks.slice(index), room, ahead, ctx);
    const first = ahead.get(rigId)?.slice(0, Math.min(limit, room)) ?? [];
    // An agent that is kept from a bead must not hide one that is not.
    const free = isAnyAsGood && first.some(({ bars }) => bars.length > 0) ? freeOf(tx, [rigId], room, ctx) : first;
    idle.push(...free);
    if (!isAll || free.length < few.length) left.push(rigId);
    const wanted = free.length + (rigsWithHooks.has(rigId) ? 1 : 0);
    const inDoubt = free.some(({ bars, inDoubt: doubts }) => doubts || bars.length > 0);
    if (wanted > 0) ready.push(...(isAll ? few : enoughOf(tx, rigId, inDoubt ? BATCH : wanted, few, ctx, throttled)));
  }
  return { idle, ready, left };
}

/** A rig with ready beads, and how many of its agents could be of use. */
interface Look {
  rigId: string;
  few: Snapshot["ready"];
  isAll: boolean;
  isAnyAsGood: boolean;
  limit: number;
}

/** The agents of the first of these rigs, and of as many of those that follow as there is room for, whatever is found. */
function lookAhead(
  tx: Tx,
  looks: readonly Look[],
  room: number,
  ahead: Map<string, Snapshot["idle"]>,
  ctx: StepContext,
): void {
  const together = new Map<number, string[]>();
  let taken = 0;
  for (const { rigId, limit } of looks) {
    const own = taken === 0 ? Math.min(limit, room) : limit;
    if (taken > 0 && taken + own > room) break;
    taken += own;
    together.set(own, [...(together.get(own) ?? []), rigId]);
    ahead.set(rigId, []);
    if (own === 0) break;
  }
  for (const [limit, rigIds] of together)
    for (const [rigId, found] of Map.groupBy(freeOf(tx, rigIds, limit, ctx), (agent) => agent.rigId))
      ahead.set(rigId, found);
}

/** @param few those that are known already */
function enoughOf(
  tx: Tx,
  rigId: string,
  wanted: number,
  few: Snapshot["ready"],
  ctx: StepContext,
  throttled: Throttled,
): Snapshot["ready"] {
  const found = wanted <= few.length ? few : readyOf(tx, [rigId], wanted + throttled.size, ctx, throttled);
  // What waits for others to be through must not hide what could go instead.
  const hides = found.length >= wanted && found.some(({ gate, isStruck }) => gate || isStruck);
  return hides ? readyOf(tx, [rigId], BATCH, ctx, throttled) : found.slice(0, wanted);
}

const freeOf = (tx: Tx, rigIds: readonly string[], limit: number, { nowMs }: StepContext): Snapshot["idle"] =>
  (idleAgents[limit]?.(tx, rigIds, { nowMs }) ?? []).map(({ doubts, ...agent }) => ({
    ...agent,
    bars: barsOf(doubts, nowMs),
    inDoubt: doubts?.some((doubt) => doubt.agent === agent.agentId) ?? false,
  }));

/** @param limit of each rig */
function readyOf(
  tx: Tx,
  rigIds: readonly string[],
  limit: number,
  ctx: StepContext,
  throttled: Throttled,
): Snapshot["ready"] {
  const look = readyBeads[Math.min(limit, BATCH)];
  assert(look, "there is a statement for each limit up to a batch");
  const rows = look(tx, rigIds, { nowMs: ctx.nowMs }).filter(
    ({ beadId }) => throttled.repeated("start", beadId) === null,
  );
  const touching = new Set(rows.flatMap(({ rigId, touches }) => (touches.length > 0 ? rigId : [])));
  const others = new Map([...touching].map((rigId) => [rigId, changesIn(tx, rigId)]));
  return rows.map(({ beadId, rigId, touches, failures, failedRuns, strikes }) => ({
    beadId,
    rigId,
    failures,
    touches,
    isStruck: strikes !== null,
    failedBy:
      failedRuns === 0
        ? []
        : failedBy(tx)
            .all({ beadId })
            .flatMap(({ agentId }) => agentId ?? []),
    gate:
      reading(dayBudget, { spent: spentOf(tx, ctx, { rigId, beadId }), nowMs: ctx.nowMs }) ??
      reading(overlap, { overlap: overlapOf({ id: beadId, touches }, others.get(rigId) ?? [], ctx), isNew: true }),
  }));
}
