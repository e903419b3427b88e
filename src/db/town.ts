import { getTableColumns, sql } from "drizzle-orm";
import { assert } from "../lib/guard.ts";
import { defaultSettings, type Settings } from "../lib/settings.ts";
import type { Tx } from "./client.ts";
import { prepared } from "./prepared.ts";
import { type TownRow, town } from "./schema.ts";

/** What is JSON comes as its text: a town goes on, and says how it is, even if some of it can't be read. */
const theTown = prepared((tx) =>
  tx
    .select({
      ...getTableColumns(town),
      settings: sql<string>`${town.settings}`,
      paused: sql<string | null>`${town.paused}`,
      repeats: sql<string>`${town.repeats}`,
      breaker: sql<string | null>`${town.breaker}`,
      counters: sql<string>`${town.counters}`,
    })
    .from(town)
    .prepare(),
);

/** The town's one row. A setting that is younger than the town has its default. */
export function readTown(tx: Tx): TownRow {
  const row = theTown(tx).get();
  assert(row, "a town has its row from its creation on");
  return {
    ...row,
    settings: settingsOf(row.settings),
    paused: pausedOf(row.paused),
    repeats: repeatsOf(row.repeats),
    breaker: breakerOf(row.breaker),
    counters: countersOf(row.counters),
  };
}

const settingsOf = remembered<Settings>((text) => ({ ...defaultSettings, ...parsed<Partial<Settings>>(text, {}) }));
const pausedOf = remembered<TownRow["paused"]>((text) => parsed(text, null));
const repeatsOf = remembered<TownRow["repeats"]>((text) => parsed(text, {}));
const breakerOf = remembered<TownRow["breaker"]>((text) => parsed(text, null));
const countersOf = remembered<TownRow["counters"]>((text) => parsed(text, {}));

/** The row is read several times in each pass, and most of it changes seldom: what was parsed last is not parsed again. */
function remembered<T>(read: (text: string | null) => T): (text: string | null) => T {
  let last: { text: string | null; value: T } | undefined;
  return (text) => {
    if (last?.text !== text) last = { text, value: Object.freeze(read(text)) };
    return last.value;
  };
}

function parsed<T>(text: string | null, otherwise: T): T {
  try {
    return text === null ? otherwise : ((JSON.parse(text) as T | null) ?? otherwise);
  } catch {
    return otherwise;
  }
}
