import { nextDayMs } from "../../attempts/spending.ts";
import { defineGate, type PlanFacts, type Shut, shut } from "./gate.ts";
import { raise } from "./way-out.ts";

function read({ spent, nowMs }: Pick<PlanFacts, "spent" | "nowMs">): Shut | null {
  if (!spent) return null;
  const [used, budget] = [spent.spentMs, spent.budgetMs].map((ms) => Math.round(ms / 60_000));
  return shut(`${spent.key} has used ${used} of its ${budget} minutes of today (UTC)`, nextDayMs(nowMs));
}

export const dayBudget = defineGate({
  name: "day_budget",
  shutBy: "the run time of this day",
  before: "runs",
  read,
  inPlan: read,
  wayOut: (facts) => raise(facts, "dayMinutes"),
});
