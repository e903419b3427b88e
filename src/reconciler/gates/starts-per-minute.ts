import { defineGate, type PlanFacts, shut } from "./gate.ts";
import { raise } from "./way-out.ts";

const read = ({ starts, settings }: Pick<PlanFacts, "starts" | "settings">) =>
  starts.left > 0 ? null : shut(`the ${settings.startsPerMinute} starts of this minute are used up`, starts.againMs);

export const startsPerMinute = defineGate({
  name: "starts_per_minute",
  shutBy: "as many starts as may be, in this minute",
  before: "both",
  mayStarve: true,
  read,
  inPlan: read,
  wayOut: (facts) => raise(facts, "startsPerMinute"),
});
