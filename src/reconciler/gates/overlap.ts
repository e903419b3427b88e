import { defineGate, type PlanFacts, shut } from "./gate.ts";
import { ask } from "./way-out.ts";

const read = ({ isNew, overlap: other }: Pick<PlanFacts, "isNew" | "overlap">) =>
  isNew && other ? shut(other.what, other.untilMs) : null;

export const overlap = defineGate({
  name: "overlap",
  shutBy: "a run that changes the same paths",
  before: "runs",
  read,
  inPlan: read,
  wayOut: (facts) =>
    ask(facts, "Wait, or say that it touches other paths.", `PATCH /beads/${facts.bead.id} {"touches":[…]}`),
});
