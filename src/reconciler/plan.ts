import type { Action } from "../actions/index.ts";
import { rules } from "./rules/index.ts";
import type { Snapshot } from "./types.ts";

/** What the rules want, in their order, as far as the town may begin anything: the first ones get what starts are left. */
export function planTown(town: Snapshot): Action[] {
  let left = town.startsLeft;
  return rules
    .flatMap((rule) => rule.plan(town))
    .filter(({ type }) => {
      if (type === "dispatch_agent" && town.draining) return false;
      return (type !== "dispatch_agent" && type !== "land_bead") || left-- > 0;
    });
}
