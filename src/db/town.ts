import { assert } from "../lib/guard.ts";
import { settingsSchema } from "../lib/settings.ts";
import type { Tx } from "./client.ts";
import { type TownRow, town } from "./schema.ts";

/** What a town says of a setting that is younger than itself. */
const defaults = settingsSchema.parse({});

/** The town's one row. */
export function readTown(tx: Tx): TownRow {
  const row = tx.select().from(town).get();
  assert(row, "a town has its row from its creation on");
  return { ...row, settings: { ...defaults, ...row.settings } };
}
