import type { Action } from "../actions/index.ts";
import { Allowance, type Refused } from "./allowance.ts";
import { rules } from "./rules/index.ts";
import type { Snapshot } from "./types.ts";

export interface Plan {
  actions: Action[];
  /** What would begin as well, were it not for a gate. */
  refused: Refused[];
}

/** What the rules want, in their order, as far as the town may begin anything: the first ones get what is left. */
export function planTown(town: Snapshot): Plan {
  const allowance = new Allowance(town);
  const actions = rules.flatMap((rule) => rule.plan(town, allowance));
  const cut = allowance.cutsOff();
  return { actions: actions.filter((action) => !cut.has(action)), refused: allowance.refused };
}
