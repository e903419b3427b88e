import { defineGate, type PlanFacts, shut } from "./gate.ts";
import { raise } from "./way-out.ts";

const read = ({ runsLeft, settings }: Pick<PlanFacts, "runsLeft" | "settings">) =>
  runsLeft.town > 0 ? null : shut(`as many runs are live as may be: ${settings.maxAgents} in the town`);

export const townCap = defineGate({
  name: "town_cap",
  shutBy: "as many runs as may be, in the town",
  before: "runs",
  read,
  inPlan: read,
  wayOut: (facts) => raise(facts, "maxAgents"),
});
