import { defineGate, type PlanFacts, shut } from "./gate.ts";
import { ask } from "./way-out.ts";

const read = ({ town }: Pick<PlanFacts, "town">) => (town.draining ? shut("the town takes no new runs") : null);

export const draining = defineGate({
  name: "draining",
  shutBy: "a town that takes no new runs",
  before: "runs",
  read,
  inPlan: read,
  wayOut: (facts) => ask(facts, "Let it take runs again.", 'PATCH  {"draining":false}'),
});
