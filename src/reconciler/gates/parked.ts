import { type BeadFacts, defineGate, shut } from "./gate.ts";
import { ask } from "./way-out.ts";

export const parked = defineGate({
  name: "parked",
  shutBy: "its budget, which is used up",
  before: "runs",
  read: ({ bead: { status, lastFailure } }: Pick<BeadFacts, "bead">) =>
    status === "failed" ? shut(`its budget is used up: ${lastFailure?.message ?? "see its notes"}`) : null,
  wayOut: (facts) => ask(facts, "Have it tried again now.", `POST /beads/${facts.bead.id}/retry`),
});
