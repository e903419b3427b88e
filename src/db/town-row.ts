/**
 * The town's one row. Every pass needs it many times over and writes it at its end anyway, so during a pass it stands in
 * memory: read once, written once. Each row that is read or written is paid for.
 */
import { assert } from "../lib/guard.ts";
import type { Tx } from "./client.ts";
import { type TownRow, town } from "./schema.ts";
import { prepared, sessionOf } from "./statements.ts";

const theTown = prepared((tx) => tx.select().from(town).prepare());

/** The row as a pass that is under way has it, by its database's session. */
const passes = new WeakMap<object, { row: TownRow }>();

function fetchTown(tx: Tx): TownRow {
  const row = theTown(tx).get();
  assert(row, "a town has its row from its creation on");
  return row;
}

/** The row as it is now. */
export const readTown = (tx: Tx): TownRow => passes.get(sessionOf(tx))?.row ?? fetchTown(tx);

/** Runs one pass. What it counts up is in memory until it records itself: it is forgotten with the pass, however that ends. */
export function duringPass<T>(tx: Tx, pass: () => T): T {
  const session = sessionOf(tx);
  passes.set(session, { row: fetchTown(tx) });
  try {
    return pass();
  } finally {
    passes.delete(session);
  }
}

/** A command or a decision: written at once. */
export function changeTown(tx: Tx, change: Partial<TownRow>): TownRow {
  const pass = passes.get(sessionOf(tx));
  if (Object.keys(change).length > 0) tx.update(town).set(change).run();
  if (!pass) return fetchTown(tx);
  pass.row = { ...pass.row, ...change };
  return pass.row;
}

/** What is numbered within the town, without gaps: a pass writes the last numbers with its record. */
export function countUp(tx: Tx, what: "lastFence" | "lastBead" | "lastEffect", by = 1): number {
  const pass = passes.get(sessionOf(tx));
  const last = readTown(tx)[what] + by;
  if (pass) pass.row = { ...pass.row, [what]: last };
  else changeTown(tx, { [what]: last });
  return last;
}

/** All of `body` or nothing of it, the town's row in memory included. */
export function savepoint<T>(tx: Tx, body: (tx: Tx) => T): T {
  const pass = passes.get(sessionOf(tx));
  const before = pass?.row;
  try {
    return tx.transaction((inner) => body(inner as unknown as Tx));
  } catch (error) {
    if (pass && before) pass.row = before;
    throw error;
  }
}
