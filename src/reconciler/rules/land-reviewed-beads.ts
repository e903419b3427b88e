import type { Rule } from "../rule.ts";

/** One landing at a time in each rig: every bead lands on what the one before it left. */
export const landReviewedBeads: Rule = {
  name: "land_reviewed_beads",
  plan({ landable }, allowance) {
    const rigs = Map.groupBy(landable, ({ rigId }) => rigId).values();
    return [...rigs]
      .flatMap(([first]) => (first ? [{ ...first, action: { type: "land_bead" as const, beadId: first.beadId } }] : []))
      .filter((wish) => allowance.begins(wish))
      .map(({ action }) => action);
  },
};
