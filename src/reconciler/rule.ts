import type { Action } from "../actions/index.ts";
import type { Allowance } from "./allowance.ts";
import type { Snapshot } from "./types.ts";

/** Pure: the same snapshot gives the same actions. Wakes come from due columns and gates, so rules hold no clock. */
export interface Rule {
  readonly name: string;
  plan(town: Snapshot, allowance: Allowance): Action[];
}
