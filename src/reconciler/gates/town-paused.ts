import { defineGate, type PlanFacts, shut } from "./gate.ts";
import { ask } from "./way-out.ts";

const read = ({ town: { paused } }: Pick<PlanFacts, "town">) =>
  paused && shut(`the town is paused by ${paused.by}: ${paused.why}`, paused.untilMs);

export const townPaused = defineGate({
  name: "town_paused",
  shutBy: "a pause of the town",
  before: "both",
  read,
  inPlan: read,
  wayOut: (facts) => ask(facts, "Resume the town.", 'PATCH  {"paused":null}'),
});
