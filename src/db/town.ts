import { assert } from "../lib/guard.ts";
import type { Tx } from "./client.ts";
import { type TownRow, town } from "./schema.ts";

/** The town's one row. */
export function readTown(tx: Tx): TownRow {
  const row = tx.select().from(town).get();
  assert(row, "a town has its row from its creation on");
  return row;
}
