import { getTableColumns, sql } from "drizzle-orm";
import { assert } from "../lib/guard.ts";
import { defaultSettings, type Settings } from "../lib/settings.ts";
import type { Tx } from "./client.ts";
import { prepared } from "./prepared.ts";
import { type TownRow, town } from "./schema.ts";

/** Settings as their text: a town goes on, and says how it is, even if they can't be read. */
const theTown = prepared((tx) =>
  tx
    .select({ ...getTableColumns(town), settings: sql<string>`${town.settings}` })
    .from(town)
    .prepare(),
);

/** The town's one row. A setting that is younger than the town has its default. */
export function readTown(tx: Tx): TownRow {
  const row = theTown(tx).get();
  assert(row, "a town has its row from its creation on");
  return { ...row, settings: { ...defaultSettings, ...parsed(row.settings) } };
}

function parsed(settings: string): Partial<Settings> {
  try {
    return JSON.parse(settings) as Partial<Settings>;
  } catch {
    return {};
  }
}
