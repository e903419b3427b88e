import { type BeadFacts, defineGate, shut } from "./gate.ts";
import { ask } from "./way-out.ts";

export const held = defineGate({
  name: "held",
  shutBy: "a person's hold on the bead",
  before: "runs",
  read: ({ bead: { hold } }: Pick<BeadFacts, "bead">) => hold && shut(`it is held by ${hold.by}: ${hold.why}`),
  wayOut: (facts) => ask(facts, "End the hold.", `PATCH /beads/${facts.bead.id} {"hold":null}`),
});
