/** Probes: a set that is usually empty costs one index seek; its rows are read on a hit. */
import { and, gt, sql } from "drizzle-orm";
import { earliest } from "../lib/time.ts";
import type { Tx } from "./client.ts";
import { agentNeedsAttention, agents, beads } from "./schema.ts";
import { atMost, prepared, slot } from "./statements.ts";

/** Worded as the index is, or SQLite does not use it. */
export const needsAttention = agentNeedsAttention(agents);

const needAttention = prepared((tx) =>
  tx
    .select({
      rigId: agents.rigId,
      hooked: sql<number>`status = 'idle' AND bead_id IS NOT NULL`,
      troubled: sql<number>`troubles > 0`,
      notBeforeMs: agents.notBeforeMs,
    })
    .from(agents)
    .where(needsAttention)
    .prepare(),
);

/** Agents that are not simply at work or free: on a hook and idle, cooling down, paused, or in trouble. */
export interface AgentsNeedingAttention {
  rigsWithHooks: ReadonlySet<string>;
  /** Those with hooks, and those where an agent is in trouble. */
  rigsInTrouble: ReadonlySet<string>;
  /** When the first of those that cool down has done so. */
  coolMs: number | null;
}

export function agentsNeedingAttention(tx: Tx, nowMs: number): AgentsNeedingAttention {
  const rows = needAttention(tx).all();
  const rigs = (which: typeof rows) => new Set(which.map(({ rigId }) => rigId));
  return {
    rigsWithHooks: rigs(rows.filter(({ hooked }) => hooked)),
    rigsInTrouble: rigs(rows.filter(({ hooked, troubled }) => hooked || troubled)),
    coolMs: earliest(...rows.map(({ notBeforeMs }) => (notBeforeMs > nowMs ? notBeforeMs : null))),
  };
}

/** The first rig after this one that has such beads: one step through their index, however many there are. */
const nextRig = (which: string) =>
  prepared((tx) =>
    tx
      .select({ rigId: beads.rigId })
      .from(beads)
      .where(and(sql.raw(which), gt(beads.rigId, slot<string>("after"))))
      .orderBy(beads.rigId)
      .limit(atMost(1))
      .prepare(),
  );

function rigsOf(next: ReturnType<typeof nextRig>, tx: Tx): string[] {
  const rigs: string[] = [];
  for (let rig = next(tx).get({ after: "" }); rig; rig = next(tx).get({ after: rig.rigId })) rigs.push(rig.rigId);
  return rigs;
}

const ready = nextRig("status = 'open' AND blocked_by = 0");
const inReview = nextRig("status = 'in_review'");

/** Rigs with beads that wait for nothing but an agent, or for their backoff to end. */
export const rigsWithReady = (tx: Tx): string[] => rigsOf(ready, tx);

/** Rigs with beads that wait to land. */
export const rigsInReview = (tx: Tx): string[] => rigsOf(inReview, tx);
