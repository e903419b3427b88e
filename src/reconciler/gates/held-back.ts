import { defineGate, type PlanFacts, shut } from "./gate.ts";
import { ask } from "./way-out.ts";

const read = ({ repeated }: Pick<PlanFacts, "repeated">) =>
  repeated && shut(`${repeated.action} came to nothing ${repeated.times} times: ${repeated.why}`, repeated.notBeforeMs);

export const heldBack = defineGate({
  name: "held_back",
  shutBy: "its start, which came to nothing again and again",
  before: "both",
  read,
  inPlan: read,
  wayOut: (facts) => ask(facts, "See what its start comes to each time.", "GET /ticks"),
});
