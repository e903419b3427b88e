import { type BeadFacts, defineGate, shut } from "./gate.ts";
import { wait } from "./way-out.ts";

export const landing = defineGate({
  name: "landing",
  shutBy: "another landing of its rig",
  before: "landings",
  read: ({ landing: bead }: Pick<BeadFacts, "landing">) =>
    bead === null ? null : shut(`bead ${bead} is landing, and one at a time does`),
  wayOut: () => wait("Wait: it goes on by itself."),
});
