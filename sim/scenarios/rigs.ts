import type { Scenario } from "../crashpoints/scenario.ts";

const two = [{ atMs: 1_000, beads: [{ title: "one" }, { title: "two" }] }];

/** Remotes that say no, and what ends that. */
export const rigs: readonly Scenario[] = [
  {
    name: "a protected main, and a person who mends it",
    agents: 2,
    work: two,
    landing: (bead, nth) => (bead === "lib-1" && nth === 1 ? { ends: "declined" } : {}),
    happens: (stage) => stage.at(120_000, () => stage.mends("lib")),
    fates: { "lib-1": { landings: 2, withinMs: 240_000 }, "lib-2": { withinMs: 240_000 } },
    variants: 1,
    thin: 4,
    racy: true,
  },
  {
    name: "branches that are declined, until one is tried and taken",
    agents: 2,
    work: two,
    run: (bead, nth) => (bead === "lib-1" && nth === 1 ? { ends: "declined" } : {}),
    fates: { "lib-1": { runs: 2, withinMs: 480_000 } },
    variants: 1,
    thin: 4,
    racy: true,
  },
];
