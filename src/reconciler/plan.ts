import type { Action } from "../actions/index.ts";
import { rules } from "./rules/index.ts";
import type { Snapshot } from "./types.ts";

export const planTown = (town: Snapshot): Action[] => rules.flatMap((rule) => rule.plan(town));
