import { defineGate, type PlanFacts, shut } from "./gate.ts";
import { ask } from "./way-out.ts";

const read = ({ hostless }: Pick<PlanFacts, "hostless">) =>
  hostless ? shut("agents run on hosts that join this town, and none is connected and enabled") : null;

export const noHost = defineGate({
  name: "no_host",
  shutBy: "no host that is connected and enabled",
  before: "both",
  mayStarve: true,
  read,
  inPlan: read,
  wayOut: (facts) => ask(facts, "Start the host program on one of these, or enable it.", "GET /hosts"),
});
