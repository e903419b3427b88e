import { defineGate, leftIn, type PlanFacts, shut } from "./gate.ts";
import { ask, raise } from "./way-out.ts";

const read = ({ runsLeft, rigId }: Pick<PlanFacts, "runsLeft" | "rigId">) =>
  leftIn(runsLeft.rigs, rigId) > 0 ? null : shut(`as many runs are live as may be in rig ${rigId}`);

export const rigCap = defineGate({
  name: "rig_cap",
  shutBy: "as many runs as may be, in its rig",
  before: "runs",
  read,
  inPlan: read,
  wayOut: (facts) =>
    facts.rig.maxAgents === null
      ? raise(facts, "maxAgentsPerRig")
      : ask(facts, "Raise its cap, or wait.", `PATCH /rigs/${facts.rig.id} {"maxAgents":…}`),
});
