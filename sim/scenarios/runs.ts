import type { Scenario } from "../crashpoints/scenario.ts";

const chain = [
  {
    atMs: 1_000,
    beads: [
      { title: "ground", ref: "ground" },
      { title: "wall", ref: "wall", dependsOn: ["ground"] },
      { title: "roof", dependsOn: ["ground", "wall"] },
    ],
  },
];
const two = [{ atMs: 1_000, beads: [{ title: "one" }, { title: "two" }] }];

/** How a run, or a landing, may go. */
export const runs: readonly Scenario[] = [
  { name: "landings unblock what waits for them", agents: 2, work: chain, variants: 2 },
  {
    name: "a landing comes back",
    agents: 1,
    work: two,
    landing: (_bead, nth) => (nth === 1 ? { ends: "badly" } : {}),
    variants: 1,
  },
  {
    name: "a landing is refused",
    agents: 2,
    work: two,
    landing: (_bead, nth) => (nth === 1 ? { answer: "no", beginsAfterMs: null } : {}),
    variants: 2,
  },
  {
    name: "an agent fails until its bead is parked",
    agents: 2,
    work: chain,
    run: (bead) => (bead === "lib-2" ? { ends: "badly", workMs: 20_000 } : {}),
    variants: 1,
  },
  {
    name: "a lease runs out",
    agents: 1,
    work: two,
    run: (_bead, nth) => (nth === 1 ? { ends: "silent", workMs: 20_000 } : {}),
    variants: 1,
  },
  {
    name: "the host restarts",
    agents: 3,
    work: [{ atMs: 1_000, beads: [{ title: "one" }, { title: "two" }, { title: "three" }] }],
    run: (_bead, nth) => (nth === 1 ? { workMs: 90_000 } : {}),
    happens: (stage) => stage.at(30_000, () => stage.hostDies()),
    variants: 1,
  },
];
