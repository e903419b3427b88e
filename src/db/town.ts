import { assert } from "../lib/guard.ts";
import type { Tx } from "./client.ts";
import { prepared } from "./prepared.ts";
import { type TownRow, town } from "./schema.ts";

const theTown = prepared((tx) => tx.select().from(town).prepare());

/** The town's one row. */
export function readTown(tx: Tx): TownRow {
  const row = theTown(tx).get();
  assert(row, "a town has its row from its creation on");
  return row;
}
