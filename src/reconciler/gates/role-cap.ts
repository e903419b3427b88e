import { defineGate, leftIn, type PlanFacts, type Shut, shut } from "./gate.ts";
import { raise } from "./way-out.ts";

/** Judges the agents that could take it: if none is free, another gate says so. */
function read({ roles, runsLeft, settings }: Pick<PlanFacts, "roles" | "runsLeft" | "settings">): Shut | null {
  const [role] = roles;
  if (role === undefined || roles.some((one) => leftIn(runsLeft.roles, one) > 0)) return null;
  return shut(`as many runs of role ${role} are live as may be: ${settings.maxAgentsByRole[role]}`);
}

export const roleCap = defineGate({
  name: "role_cap",
  shutBy: "as many runs as may be, of the agent's role",
  before: "runs",
  read,
  inPlan: read,
  wayOut: (facts) => raise(facts, "maxAgentsByRole"),
});
