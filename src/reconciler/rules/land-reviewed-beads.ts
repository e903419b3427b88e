import type { Rule } from "../rule.ts";

/** What may land begins to, in its rig's order. The first of each rig goes before the second of any. */
export const landReviewedBeads: Rule = {
  name: "land_reviewed_beads",
  plan({ landable }, allowance) {
    const rigs = [...Map.groupBy(landable, ({ rigId }) => rigId).values()];
    const turns = Math.max(0, ...rigs.map((beads) => beads.length));
    return Array.from({ length: turns }, (_, turn) => rigs.flatMap((beads) => beads[turn] ?? []))
      .flat()
      .map((bead) => ({ ...bead, action: { type: "land_bead" as const, beadId: bead.beadId } }))
      .filter((wish) => allowance.begins(wish))
      .map(({ action }) => action);
  },
};
