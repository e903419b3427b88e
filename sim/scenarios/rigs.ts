import { failed } from "../crashpoints/host.ts";
import type { Conduct, Scenario } from "../crashpoints/scenario.ts";

const two = [{ atMs: 1_000, beads: [{ title: "one" }, { title: "two" }] }];

/** Its host does not reach the remote, so that no agent begins. */
const AWAY: Partial<Conduct> = {
  workMs: 1_000,
  active: () => null,
  says: failed("unreachable", "clone_failed"),
};

/** Its host takes nothing now, and says so. */
const BUSY: Partial<Conduct> = { answer: "busy", beginsAfterMs: null };

/** Remotes that say no or are out of reach, and what ends that. */
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
  {
    name: "a remote out of reach, until the agent of one run begins",
    agents: 3,
    work: [{ atMs: 1_000, beads: [{ title: "one" }, { title: "two" }, { title: "three" }] }],
    run: (_bead, nth) => (nth === 1 ? AWAY : { workMs: 60_000 }),
    // All three have met it, one finds out that it is back, and the others need not wait for the end of that.
    fates: { "lib-1": { runs: 2 }, "lib-2": { runs: 2 }, "lib-3": { runs: 2 } },
    variants: 1,
    thin: 4,
    converges: true,
    racy: true,
  },
  {
    name: "a protected main, and a host that takes no landing meanwhile",
    agents: 2,
    work: two,
    landing: (bead, nth) => (nth > 1 ? {} : bead === "lib-1" ? { ends: "declined" } : BUSY),
    fates: { "lib-1": { landings: 2 }, "lib-2": {} },
    variants: 1,
    thin: 12,
    racy: true,
  },
  {
    name: "a remote out of reach, said to be back, and out of reach still",
    agents: 1,
    work: [{ atMs: 1_000, beads: [{ title: "one" }] }],
    run: (_bead, nth) => (nth <= 4 ? AWAY : {}),
    happens: (stage) => stage.at(20_000, () => stage.mends("lib")),
    fates: { "lib-1": { runs: 5 } },
    variants: 1,
    thin: 12,
    racy: true,
  },
  {
    name: "branches that are declined, said to be mended while one that had begun before is declined as well",
    agents: 2,
    work: two,
    run: (bead, nth) => (nth === 1 ? { ends: "declined", workMs: bead === "lib-1" ? 5_000 : 40_000 } : {}),
    happens: (stage) => stage.at(20_000, () => stage.mends("lib")),
    fates: { "lib-1": { runs: 2 }, "lib-2": { runs: 2 } },
    variants: 1,
    thin: 12,
    racy: true,
  },
  {
    name: "a landing is given up as the next one may begin, and was the one failure too many for their rig",
    agents: 2,
    landingsAtOnce: 2,
    work: [
      { atMs: 1_000, beads: [{ title: "one" }] },
      { atMs: 149_000, beads: [{ title: "two" }] },
    ],
    settings: { heartbeatMs: 20_000, limitMarginMs: 30_000 },
    run: () => ({ workMs: 20_000 }),
    landing: (bead, nth) => {
      if (bead === "lib-1") return nth === 1 ? { ends: "stands", workMs: 1_000 } : {};
      return nth <= 2 ? { answer: "reject", beginsAfterMs: null } : {};
    },
    // Both come due while nothing can be written, and so in one pass.
    happens: (stage) => stage.at(170_600, () => stage.diskIsFull(6_000)),
    fates: { "lib-1": { landings: 2, withinMs: 600_000 }, "lib-2": { withinMs: 600_000 } },
    variants: 1,
    thin: 12,
    racy: true,
  },
];
