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
    paused: parsed<TownRow["paused"]>(row.paused, null),
    repeats: parsed(row.repeats, {}),
    breaker: parsed<TownRow["breaker"]>(row.breaker, null),
    counters: parsed(row.counters, {}),
  };
}

/** It is read several times in each pass, and changes once a month. */
let known: { text: string; settings: Readonly<Settings> } | undefined;

function settingsOf(text: string): Settings {
  if (known?.text !== text)
    known = { text, settings: Object.freeze({ ...defaultSettings, ...parsed<Partial<Settings>>(text, {}) }) };
  return known.settings;
}

function parsed<T>(text: string | null, otherwise: T): T {
  try {
    return text === null ? otherwise : ((JSON.parse(text) as T | null) ?? otherwise);
  } catch {
    return otherwise;
  }
}
