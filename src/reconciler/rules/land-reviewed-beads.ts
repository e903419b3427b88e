import type { Rule } from "../types.ts";

/** One landing at a time in each rig: every bead lands on what the one before it left. */
export const landReviewedBeads: Rule = {
  name: "land_reviewed_beads",
  plan({ landable, mayStart }) {
    if (!mayStart) return [];
    const rigs = Map.groupBy(landable, ({ rigId }) => rigId).values();
    return [...rigs].flatMap(([first]) => (first ? [{ type: "land_bead" as const, beadId: first.beadId }] : []));
  },
};
