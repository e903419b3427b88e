/** Ready beads of a snapshot, and idle agents that could take them: no more of either than can be of use. */
import { and, eq, isNull, lte, sql } from "drizzle-orm";
import { barsOf } from "../attempts/whose-trouble.ts";
import type { Tx } from "../db/client.ts";
import type { Aside } from "../db/probes.ts";
import { agents, attempts, beads } from "../db/schema.ts";
import { atMost, prepared, slot } from "../db/statements.ts";
import type { StepContext } from "../db/step.ts";
import { assert } from "../lib/guard.ts";
import { backoffIsOver } from "./gates/backoff.ts";
import { dayBudget } from "./gates/day-budget.ts";
import { reading } from "./gates/gate.ts";
import { overlap } from "./gates/overlap.ts";
import { BATCH } from "./limits.ts";
import { agentGoesOn, changesIn, isIdle, overlapOf, spentOf } from "./load-gates.ts";
import type { Held } from "./repeats.ts";
import type { Snapshot } from "./types.ts";

/** In order of their names, so that it makes no difference who looks. */
const idleAgents = Array.from({ length: BATCH + 1 }, (_, limit) =>
  prepared((tx) =>
    tx
      .select({
        agentId: agents.id,
        rigId: agents.rigId,
        role: agents.role,
        doubts: agents.doubts,
      })
      .from(agents)
      .where(
        and(
          eq(agents.rigId, slot<string>("rigId")),
          isIdle,
          isNull(agents.beadId),
          agentGoesOn,
          sql`${agents.role} <> 'merger'`,
          lte(agents.notBeforeMs, slot("nowMs")),
        ),
      )
      .orderBy(agents.id)
      .limit(atMost(limit))
      .prepare(),
  ),
);

/** For each limit its own statement. A bead whose last run is still being stopped waits for that: never two of them beside each other. */
const readyBeads = Array.from({ length: BATCH + 1 }, (_, limit) =>
  prepared((tx) =>
    tx
      .select({
        beadId: beads.id,
        touches: beads.touches,
        failures: beads.dispatchFailures,
        failedRuns: beads.failures,
        strikes: beads.strikes,
      })
      .from(beads)
      .where(
        and(
          eq(beads.rigId, slot<string>("rigId")),
          sql`${beads.status} = 'open' AND ${beads.blockedBy} = 0`,
          backoffIsOver,
          sql`NOT EXISTS (SELECT 1 FROM attempts t WHERE t.bead_id = ${beads.id} AND t.ended_at_ms IS NULL)`,
        ),
      )
      .orderBy(beads.priority, beads.unpaidTries, beads.seq)
      .limit(atMost(limit))
      .prepare(),
  ),
);

/** Those whose runs of a bead failed: for its next try somebody else is as good, and tells more. */
const failedBy = prepared((tx) =>
  tx
    .selectDistinct({ agentId: attempts.agentId })
    .from(attempts)
    .where(
      and(eq(attempts.beadId, slot<string>("beadId")), sql`${attempts.kind} = 'run' AND ${attempts.state} = 'failed'`),
    )
    .prepare(),
);

/** So many ready beads are read of a rig before anybody knows who could take them. */
const FEW = 2;

/**
 * For each rig with idle agents as many beads as they can take, and no more agents than could be of use; for a rig where
 * every agent is busy or hooked one bead is enough to know that somebody waits.
 *
 * @param most how many of a rig can be of use: as many as may begin now, and one more, to know that somebody waits
 */
export function loadReady(
  tx: Tx,
  withReady: readonly string[],
  { rigsWithHooks }: Aside,
  ctx: StepContext,
  held: Held,
  most: number,
): Pick<Snapshot, "idle" | "ready"> & { left: string[] } {
  const left: string[] = [];
  const idle: Snapshot["idle"][number][] = [];
  const ready: Snapshot["ready"][number][] = [];
  // Which agent takes a bead may be a matter of its role: then one is not as good as another.
  const anyWill = Object.keys(ctx.settings.maxAgentsByRole).length === 0;
  for (const rigId of withReady) {
    const few = readyOf(tx, rigId, FEW + held.size, ctx, held);
    const isAll = few.length < FEW;
    if (few.length === 0) continue;
    const enough = isAll ? few.length : rigsWithHooks.has(rigId) ? BATCH : most;
    const isAnyAsGood = anyWill && !few.some(({ isStruck, failedBy }) => isStruck || failedBy.length > 0);
    const room = BATCH - idle.length;
    const first = freeOf(tx, rigId, isAnyAsGood ? Math.min(enough, room) : room, ctx);
    // Whoever is kept apart from a bead must not hide somebody who is not.
    const free = isAnyAsGood && first.some(({ bars }) => bars.length > 0) ? freeOf(tx, rigId, room, ctx) : first;
    idle.push(...free);
    if (!isAll || free.length < few.length) left.push(rigId);
    const wanted = free.length + (rigsWithHooks.has(rigId) ? 1 : 0);
    const inDoubt = free.some(({ bars, inDoubt: doubts }) => doubts || bars.length > 0);
    if (wanted > 0) ready.push(...(isAll ? few : enoughOf(tx, rigId, inDoubt ? BATCH : wanted, few, ctx, held)));
  }
  return { idle, ready, left };
}

/** @param few those that are known already */
function enoughOf(
  tx: Tx,
  rigId: string,
  wanted: number,
  few: Snapshot["ready"],
  ctx: StepContext,
  held: Held,
): Snapshot["ready"] {
  const found = wanted <= few.length ? few : readyOf(tx, rigId, wanted + held.size, ctx, held);
  // What waits for others to be through must not hide what could go instead.
  const hides = found.length >= wanted && found.some(({ gate, isStruck }) => gate || isStruck);
  return hides ? readyOf(tx, rigId, BATCH, ctx, held) : found.slice(0, wanted);
}

const freeOf = (tx: Tx, rigId: string, limit: number, { nowMs }: StepContext): Snapshot["idle"] =>
  (idleAgents[limit]?.(tx).all({ rigId, nowMs }) ?? []).map(({ doubts, ...agent }) => ({
    ...agent,
    bars: barsOf(doubts, nowMs),
    inDoubt: doubts?.some((doubt) => doubt.agent === agent.agentId) ?? false,
  }));

function readyOf(tx: Tx, rigId: string, limit: number, ctx: StepContext, held: Held): Snapshot["ready"] {
  const query = readyBeads[Math.min(limit, BATCH)];
  assert(query, "there is a statement for each limit up to a batch");
  const rows = query(tx)
    .all({ rigId, nowMs: ctx.nowMs })
    .filter(({ beadId }) => held.repeated("start", beadId) === null);
  const others = rows.some(({ touches }) => touches.length > 0) ? changesIn(tx, rigId) : [];
  return rows.map(({ beadId, touches, failures, failedRuns, strikes }) => ({
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
      reading(overlap, { overlap: overlapOf({ id: beadId, touches }, others, ctx), isNew: true }),
  }));
}
