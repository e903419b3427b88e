/** Probes: a set that is usually empty costs one index seek; its rows are read on a hit. */
import { type SQL, sql } from "drizzle-orm";
import { earliest } from "../lib/time.ts";
import type { Tx } from "./client.ts";
import { agentNeedsAttention, agents } from "./schema.ts";
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

/** So many steps has a statement: the first, since most towns have few rigs, and those that go on where it ended. */
const [FEW, MANY] = [4, 12];

/**
 * The first rigs after this one that have such beads: one step through their index for each, however many beads there are, and the
 * last of them, or null if there are no more. The steps stand inside one another, each with a limit of its own: SQLite would make one
 * of two of them, and take the inner step twice.
 */
const nextRigs = (which: string, width: number) =>
  prepared((tx) => {
    const next = (after: SQL) =>
      sql`(SELECT rig_id FROM beads WHERE ${sql.raw(which)} AND rig_id > ${after} ORDER BY rig_id LIMIT 1)`;
    let steps = sql`SELECT '' AS seen, ${next(sql`${slot("after")}`)} AS last`;
    for (let step = 1; step < width; step++)
      steps = sql`SELECT seen || coalesce(last || ',', '') AS seen, ${next(sql.raw("last"))} AS last FROM (${steps} LIMIT 1)`;
    return tx
      .select({ seen: sql<string>`seen || coalesce(last, '')`, last: sql<string | null>`last` })
      .from(sql`(${steps} LIMIT 1)`)
      .limit(atMost(1))
      .prepare();
  });

const stepsOf = (which: string) => ({ few: nextRigs(which, FEW), many: nextRigs(which, MANY) });

function rigsOf(steps: ReturnType<typeof stepsOf>, tx: Tx): string[] {
  const rigs: string[] = [];
  let after: string | null = "";
  for (let query = steps.few; after !== null; query = steps.many) {
    const found = query(tx).get({ after });
    // A rig's name has no comma.
    rigs.push(...(found?.seen.split(",").filter((rig) => rig !== "") ?? []));
    after = found?.last ?? null;
  }
  return rigs;
}

const ready = stepsOf("status = 'open' AND blocked_by = 0");
const inReview = stepsOf("status = 'in_review'");

/** Rigs with beads that wait for nothing but an agent, or for their backoff to end. */
export const rigsWithReady = (tx: Tx): string[] => rigsOf(ready, tx);

/** Rigs with beads that wait to land. */
export const rigsInReview = (tx: Tx): string[] => rigsOf(inReview, tx);
