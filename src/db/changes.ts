/** What has changed since some tick, for those that follow the town: each eventful tick keeps it with its history. */
import { gt, sql } from "drizzle-orm";
import type { Tx } from "./client.ts";
import { ANYTHING, type Change, NotingStorage, together } from "./noting.ts";
import { ticks } from "./schema.ts";
import { prepared, slot } from "./statements.ts";
import { changeTown, readTown } from "./town-row.ts";

/** What this transaction has changed so far. */
export function changedIn(tx: Tx): readonly Change[] {
  const { client } = (tx as unknown as { session: { client: unknown } }).session;
  return client instanceof NotingStorage ? together(client.noted) : [ANYTHING];
}

/** What is no pass: a pass that failed is recorded, rows are looked through. The next tick that is kept tells of it. */
export function besidePasses<T>(tx: Tx, body: (tx: Tx) => T): Changed & { value: T } {
  const value = body(tx);
  const changes = changedIn(tx);
  if (changes.length > 0) keepUnkept(tx, changes);
  return { value, changes, tick: changes.length > 0 ? readTown(tx).ticks : 0 };
}

/**
 * What was changed beside the ticks that are kept: by an outcome that was only accepted, or by what is done while passes fail. It
 * stands in the town's row, which is written anyway, until the next tick is kept and takes it along.
 */
export function keepUnkept(tx: Tx, changes: readonly Change[]): void {
  const { unkept } = readTown(tx);
  const all = together(unkept, changes);
  if (all.length > unkept.length || all[0] !== unkept[0]) changeTown(tx, { unkept: all });
}

const since = prepared((tx) =>
  tx
    .select({ changed: sql<string | null>`${ticks.record} ->> '$.changed'` })
    .from(ticks)
    .where(gt(ticks.tick, slot("after")))
    .prepare(),
);

const oldest = prepared((tx) =>
  tx
    .select({ tick: ticks.tick })
    .from(ticks)
    .orderBy(ticks.tick)
    .limit(sql.raw("1") as never)
    .prepare(),
);

export interface Changed {
  /** The tick up to which this is all. */
  tick: number;
  changes: readonly Change[];
}

/** What has changed after this tick; `*` where that is not known any more. Some of it may be told that changed before. */
export function changedSince(tx: Tx, after: number): Changed {
  const { ticks: tick, unkept } = readTown(tx);
  const isKnown = after <= tick && (oldest(tx).get()?.tick ?? 0) <= after + 1;
  const kept = isKnown ? since(tx).all({ after }) : [];
  const all = kept.map(({ changed }) => (changed === null ? [ANYTHING] : (JSON.parse(changed) as Change[])));
  return { tick, changes: isKnown ? together(...all, unkept) : [ANYTHING] };
}
