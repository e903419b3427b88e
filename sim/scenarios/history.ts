import type { Scenario } from "../crashpoints/scenario.ts";

/** The least a town may keep. */
const forAnHour = { retention: { days: 1 / 24, logDays: 1 / 24 } };

/** What is over goes after a while. */
export const history: readonly Scenario[] = [
  {
    name: "history goes, and what is needed stays",
    agents: 1,
    settings: forAnHour,
    work: [
      {
        atMs: 1_000,
        beads: [
          { title: "ground", ref: "ground" },
          { title: "wall", ref: "wall", dependsOn: ["ground"] },
          { title: "roof", dependsOn: ["wall"] },
          { title: "alone" },
        ],
      },
    ],
    run: (bead) => (bead === "lib-3" ? { ends: "badly", workMs: 4_000 } : { workMs: 4_000 }),
    happens: (stage) => stage.at(20_000, () => stage.saysMuch("lib-1", 300)),
    // The roof is parked, so its wall stays.
    fates: { "lib-3": { status: "failed", runs: 3, landings: 0, failures: 3 } },
    forgotten: ["lib-1", "lib-4"],
    variants: 1,
    thin: 6,
    every: 2,
  },
];
