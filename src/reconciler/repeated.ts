/** What is done again and again to no end, as it is now: one by one, for all that tell of it. */
import { and, desc, sql } from "drizzle-orm";
import { knownAction } from "../actions/index.ts";
import { failuresInARow, type InARow } from "../attempts/in-a-row.ts";
import { isRigsOwn } from "../attempts/rig-trouble.ts";
import type { Tx } from "../db/client.ts";
import { theBead } from "../db/existing.ts";
import { attempts, type Bead, beads, type TownRow } from "../db/schema.ts";
import { atMost, prepared } from "../db/statements.ts";
import { isLive } from "../db/step.ts";
import { REPEATS_REMEMBERED_MS, SPINNING_TIMES } from "./limits.ts";

/** In the words of the index, which holds a row only for these. */
export const isRepeated = and(
  sql`${beads.dispatchFailures} >= 5`,
  sql`${beads.status} IN ('open', 'in_progress', 'in_review')`,
);

/** How many of those that are tried most often are read: one that goes on may stand before one that does not. */
const LOOKED_AT = 10;

const mostTried = prepared((tx) =>
  tx.select().from(beads).where(isRepeated).orderBy(desc(beads.dispatchFailures)).limit(atMost(LOOKED_AT)).prepare(),
);

/** The bead whose tries came to nothing most often in a row, with what there is to say of them. What waits for its rig spins nothing. */
export function worstBead(tx: Tx): { bead: Bead; row: InARow } | undefined {
  for (const bead of mostTried(tx).all()) {
    if (isRigsOwn(tx, bead)) continue;
    const row = failuresInARow(tx, bead);
    if (!row.isOver) return { bead, row };
  }
  return undefined;
}

export interface Repeated {
  action: string;
  target: string;
  times: number;
  sinceMs: number;
  notBeforeMs: number;
  why: string;
}

/** Planned actions that come to nothing, the worst first. What they act on is still there to be acted on. */
export function repeatedActions(tx: Tx, { repeats }: Pick<TownRow, "repeats">, nowMs: number): Repeated[] {
  return Object.entries(repeats)
    .filter(([, { times, notBeforeMs }]) => times >= SPINNING_TIMES && nowMs < notBeforeMs + REPEATS_REMEMBERED_MS)
    .map(([key, { times, sinceMs, notBeforeMs, why }]) => {
      const [action = "", target = ""] = key.split(" ");
      return { action, target, times, sinceMs, notBeforeMs, why };
    })
    .filter(({ action, target }) => isThere(tx, action, target))
    .sort((a, b) => b.times - a.times);
}

function isThere(tx: Tx, action: string, target: string): boolean {
  const states = knownAction(action)?.beadStates;
  if (states) return isWaiting(tx, target, states);
  if (!/^\d+$/.test(target)) return true;
  const fence = sql`${attempts.fence} = ${Number(target)}`;
  return tx.select({ fence: attempts.fence }).from(attempts).where(and(isLive, fence)).get() !== undefined;
}

const isWaiting = (tx: Tx, id: string, states: readonly Bead["status"][]): boolean => {
  const bead = theBead(tx).get({ id });
  return bead !== undefined && states.includes(bead.status);
};
