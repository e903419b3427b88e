import { type BeadFacts, defineGate, shut } from "./gate.ts";
import { ask } from "./way-out.ts";

export const parked = defineGate({
  name: "parked",
  shutBy: "what parked it: a budget that is used up, work past the gate, an agent that found nothing to do",
  before: "runs",
  read: ({ bead: { status, lastFailure } }: Pick<BeadFacts, "bead">) =>
    status === "failed" ? shut(`it is parked: ${lastFailure?.message ?? "see its notes"}`) : null,
  wayOut: (facts) => ask(facts, "Have it tried again now.", `POST /beads/${facts.bead.id}/retry`),
});
