import type { Scenario } from "../crashpoints/scenario.ts";

const beads = (count: number) => Array.from({ length: count }, (_, n) => ({ title: `bead ${n + 1}`, priority: n % 5 }));
const two = [{ atMs: 1_000, beads: beads(2) }];

/** Many things at once, and things that should not be. */
export const troubles: readonly Scenario[] = [
  {
    name: "more effects than slots",
    agents: 9,
    work: [{ atMs: 1_000, beads: beads(9) }],
    run: () => ({ answerAfterMs: 800 }),
    variants: 1,
    thin: 4,
    every: 2,
  },
  {
    name: "answers and reports that come together",
    agents: 6,
    work: [{ atMs: 1_000, beads: beads(8) }],
    connections: 32,
    gathers: true,
    // The host says no to one, and yes to all others at the same time.
    run: (bead, nth) => ({
      answerAfterMs: 200,
      beginsAfterMs: 250,
      ...(bead === "lib-3" && nth === 1 && { answer: "no", beginsAfterMs: null }),
    }),
    variants: 1,
    thin: 5,
    every: 3,
  },
  {
    name: "answers and reports that come together, one of them poison, and a disk that fails among them",
    agents: 6,
    work: [{ atMs: 1_000, beads: beads(6) }],
    connections: 32,
    gathers: true,
    run: () => ({ answerAfterMs: 200, beginsAfterMs: 250 }),
    happens: (stage) => {
      stage.at(1_200, () => stage.poison());
      stage.at(1_204, () => stage.storageFails(3));
      stage.at(6_000, () => stage.storageFails(40));
    },
    quarantined: 1,
    variants: 1,
    thin: 4,
    every: 2,
  },
  {
    name: "a busy town",
    agents: 12,
    work: [{ atMs: 1_000, beads: beads(30) }],
    variants: 1,
    thin: 5,
    every: 10,
  },
  {
    name: "fifty reports at once",
    agents: 2,
    work: two,
    happens: (stage) => stage.at(15_000, () => stage.chatter(50)),
    variants: 1,
    thin: 6,
  },
  {
    name: "more news than a pass takes, after a disk that failed",
    agents: 2,
    work: two,
    happens: (stage) => {
      stage.at(15_000, () => stage.storageFails(1));
      stage.at(15_000, () => stage.chatter(120));
    },
    variants: 1,
    thin: 12,
  },
  {
    name: "poison among good news",
    agents: 2,
    work: two,
    happens: (stage) => {
      stage.at(15_000, () => stage.poison());
      stage.at(15_001, () => stage.chatter(3));
    },
    quarantined: 1,
    variants: 1,
    thin: 6,
  },
  {
    name: "more poison than anybody would read",
    agents: 1,
    work: two,
    happens: (stage) => {
      for (let n = 0; n < 230; n++) stage.at(2_000 + n, () => stage.poison());
    },
    quarantined: 200,
    variants: 1,
    thin: 40,
    every: 120,
  },
  {
    name: "nothing can be put on record",
    agents: 2,
    work: two,
    // Refused often enough to be an incident, then a run that fails, then one that does well.
    run: (bead, nth) =>
      bead === "lib-1" && nth <= 6 ? { answer: "no", beginsAfterMs: null } : nth === 1 ? { ends: "badly" } : {},
    happens: (stage) => stage.at(500, () => stage.recordsFail()),
    fates: { "lib-2": { runs: 2, failures: 1 } },
    variants: 1,
    thin: 6,
    every: 2,
  },
  {
    name: "a tick that throws",
    agents: 2,
    work: two,
    happens: (stage) => {
      for (const atMs of [1_010, 20_000, 41_000]) stage.at(atMs, () => stage.storageFails(2));
    },
    variants: 1,
    thin: 6,
  },
  {
    name: "the only place, and a start that throws",
    agents: 2,
    work: [
      { atMs: 1_000, beads: [{ title: "one" }] },
      { atMs: 20_000, beads: [{ title: "two" }] },
    ],
    settings: { maxAgents: 1 },
    happens: (stage) => {
      stage.at(3_000, () => stage.hostDies());
      stage.startThrows("lib-1", 120_000);
    },
    fates: { "lib-1": { runs: 2 }, "lib-2": { withinMs: 80_000 } },
    variants: 1,
    thin: 6,
  },
  {
    name: "woken with nothing due",
    agents: 1,
    work: two,
    happens: (stage) => {
      for (let n = 1; n <= 20; n++) stage.at(n * 3_000, () => stage.wakeForNothing());
    },
    variants: 1,
    thin: 6,
  },
  {
    name: "every alarm rings twice",
    agents: 2,
    work: two,
    run: (_bead, nth) => (nth === 1 ? { answer: "no", beginsAfterMs: null } : {}),
    happens: (stage) => stage.alarmsGoWrong("doubled"),
    variants: 1,
    thin: 6,
  },
  {
    name: "an alarm gets lost, and somebody looks",
    agents: 1,
    work: two,
    run: (_bead, nth) => (nth === 1 ? { answer: "no", beginsAfterMs: null } : {}),
    happens: (stage) => {
      stage.alarmsGoWrong("lost");
      for (let n = 1; n <= 20; n++) stage.at(n * 20_000, () => stage.look());
    },
    variants: 1,
    thin: 6,
    alarmsLost: true,
  },
  {
    name: "nobody looks until the leases of starts are over that were on their way",
    agents: 4,
    work: [{ atMs: 1_000, beads: Array.from({ length: 4 }, (_, n) => ({ title: `bead ${n + 1}` })) }],
    settings: { backoffBaseMs: 60_000 },
    run: (bead, nth) => (nth === 1 && bead !== "lib-4" ? { answer: "never", beginsAfterMs: null } : {}),
    happens: (stage) => {
      stage.alarmsGoWrong("lost");
      for (let atMs = 70_000; atMs <= 400_000; atMs += 20_000) stage.at(atMs, () => stage.look());
    },
    variants: 1,
    thin: 6,
    alarmsLost: true,
    converges: true,
  },
  { name: "the town dies again while it recovers", agents: 2, work: two, variants: 1, thin: 4, every: 12, again: 40 },
  {
    name: "any one statement fails",
    agents: 2,
    work: two,
    run: (_bead, nth) => (nth === 1 ? { answer: "no", beginsAfterMs: null } : {}),
    variants: 1,
    fault: "storage error",
  },
];
