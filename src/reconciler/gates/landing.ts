import { type BeadFacts, defineGate, shut } from "./gate.ts";
import { wait } from "./way-out.ts";

export const landing = defineGate({
  name: "landing",
  shutBy: "the landings of its rig that are under way",
  before: "landings",
  read({ landing: { beads, atOnce } }: Pick<BeadFacts, "landing">) {
    if (beads.length < atOnce) return null;
    if (atOnce > 1) return shut(`beads ${beads.join(", ")} are landing, and ${atOnce} at a time do`);
    return shut(`bead ${beads[0]} is landing, and one at a time does`);
  },
  wayOut: () => wait("Wait: it goes on by itself."),
});
