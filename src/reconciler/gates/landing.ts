import { type BeadFacts, defineGate, shut } from "./gate.ts";
import { wait } from "./way-out.ts";

export const landing = defineGate({
  name: "landing",
  shutBy: "the landings of its rig that are under way",
  before: "landings",
  read({ landing: { beads, atOnce } }: Pick<BeadFacts, "landing">) {
    if (beads.length < atOnce) return null;
    const now = beads.length > 1 ? `beads ${beads.toReversed().join(", ")} are landing` : `bead ${beads[0]} is landing`;
    // It may have been lowered, or the rig be in trouble since they began.
    const since = beads.length > atOnce ? "from now on " : "";
    return shut(`${now}, and ${since}${atOnce > 1 ? `${atOnce} at a time do` : "one at a time does"}`);
  },
  wayOut: () => wait("Wait: it goes on by itself."),
});
