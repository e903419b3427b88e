import type { Scenario } from "../crashpoints/scenario.ts";

const two = [{ atMs: 1_000, beads: [{ title: "one" }, { title: "two" }] }];
const never = { status: "cancelled", landings: 0 } as const;

/** What somebody may call off, and when; and hosts that can't be asked. */
export const commands: readonly Scenario[] = [
  {
    name: "cancelled while it waits",
    agents: 1,
    work: two,
    happens: (stage) => stage.at(5_000, () => stage.cancel("lib-2")),
    fates: { "lib-2": { ...never, runs: 0 } },
    variants: 1,
    thin: 6,
  },
  {
    name: "cancelled while it starts",
    agents: 1,
    work: two,
    run: (bead) => (bead === "lib-1" ? { answerAfterMs: 6_000, beginsAfterMs: 5_000 } : {}),
    happens: (stage) => stage.at(3_000, () => stage.cancel("lib-1")),
    fates: { "lib-1": { ...never, runs: 0 }, "lib-2": { withinMs: 90_000 } },
    racy: true, // a crash may let the cancel come after the start
    variants: 1,
    thin: 6,
  },
  {
    name: "cancelled while its start is prepared",
    agents: 1,
    work: two,
    run: (bead) => (bead === "lib-1" ? { preparesMs: 4_000 } : {}),
    happens: (stage) => stage.at(3_000, () => stage.cancel("lib-1")),
    fates: { "lib-1": { ...never, runs: 0 }, "lib-2": { withinMs: 90_000 } },
    racy: true, // a crash may let the cancel come after the start
    variants: 1,
    thin: 4,
  },
  {
    name: "paused while a start is prepared, and resumed",
    agents: 1,
    work: two,
    run: (_bead, nth) => (nth === 1 ? { preparesMs: 4_000 } : {}),
    happens: (stage) => {
      stage.at(3_000, () => stage.pause());
      stage.at(30_000, () => stage.resume());
    },
    variants: 2,
    thin: 2,
  },
  {
    name: "disabled while its start is prepared, and enabled",
    agents: 1,
    work: [{ atMs: 1_000, beads: [{ title: "one" }] }],
    run: (_bead, nth) => (nth === 1 ? { preparesMs: 4_000 } : {}),
    happens: (stage) => {
      stage.at(3_000, () => stage.disable("a1"));
      stage.at(30_000, () => stage.enable("a1"));
    },
    variants: 1,
    thin: 4,
  },
  {
    name: "drained while a start is prepared, and deployed",
    agents: 1,
    work: [{ atMs: 1_000, beads: [{ title: "one" }] }],
    run: (_bead, nth) => (nth === 1 ? { preparesMs: 4_000 } : {}),
    happens: (stage) => {
      stage.at(3_000, () => stage.drain(true));
      stage.at(30_000, () => stage.drain(false));
    },
    variants: 1,
    thin: 4,
  },
  {
    name: "paused while a landing is prepared, and resumed",
    agents: 1,
    work: [{ atMs: 1_000, beads: [{ title: "one" }] }],
    run: () => ({ workMs: 10_000 }),
    landing: (_bead, nth) => (nth === 1 ? { preparesMs: 6_000 } : {}),
    happens: (stage) => {
      stage.at(17_000, () => stage.pause());
      stage.at(40_000, () => stage.resume());
    },
    racy: true, // a crash may let the pause come before the run has ended
    variants: 1,
    thin: 2,
  },
  {
    name: "cancelled while it runs",
    agents: 1,
    work: two,
    run: (bead) => (bead === "lib-1" ? { workMs: 60_000 } : {}),
    happens: (stage) => stage.at(14_000, () => stage.cancel("lib-1")),
    fates: { "lib-1": never, "lib-2": { withinMs: 90_000 } },
    variants: 1,
    thin: 6,
  },
  {
    name: "cancelled, and its host is slow to stop it",
    agents: 1,
    work: two,
    stopAfterMs: 30_000, // past the deadline, so that only the lease ends the matter
    happens: (stage) => stage.at(14_000, () => stage.cancel("lib-1")),
    fates: { "lib-1": never },
    variants: 1,
    thin: 6,
  },
  {
    name: "cancelled while it lands",
    agents: 1,
    work: [{ atMs: 1_000, beads: [{ title: "one" }] }],
    run: () => ({ workMs: 10_000 }),
    landing: () => ({ workMs: 40_000 }),
    happens: (stage) => stage.at(25_000, () => stage.cancel("lib-1")),
    fates: { "lib-1": { ...never, landings: 1, finishes: 1 } },
    racy: true, // a crash may let the cancel come before the landing
    variants: 1,
    thin: 6,
  },
  {
    name: "cancelled when it has landed, and nobody knows",
    agents: 1,
    work: [{ atMs: 1_000, beads: [{ title: "one" }] }],
    landing: () => ({ lastWordsAfterMs: 5_000 }),
    pushed: (stage, kind, bead) => {
      if (kind === "landing") stage.at(1_000, () => stage.cancel(bead));
    },
    variants: 1,
    thin: 6,
  },
  {
    name: "an agent is stopped, and its bead goes on",
    agents: 1,
    work: [{ atMs: 1_000, beads: [{ title: "one" }] }],
    run: (_bead, nth) => (nth === 1 ? { workMs: 60_000 } : {}),
    happens: (stage) => stage.at(14_000, () => stage.stop("a1")),
    fates: { "lib-1": { runs: 2 } },
    variants: 2,
    thin: 6,
  },
  {
    name: "a command comes too late",
    agents: 1,
    work: two,
    run: (bead) => (bead === "lib-2" ? { workMs: 120_000 } : {}),
    happens: (stage) => {
      // The first bead is done with by then, and what runs is none of that fence's business.
      stage.at(62_000, () => stage.stop("a1", 1));
      stage.at(63_000, () => stage.cancel("lib-2", 1));
    },
    variants: 1,
    thin: 6,
  },
  {
    name: "parked, and tried again",
    agents: 1,
    work: [{ atMs: 1_000, beads: [{ title: "one" }] }],
    run: (_bead, nth) => (nth <= 3 ? { ends: "badly", workMs: 4_000 } : {}),
    happens: (stage) => stage.at(200_000, () => stage.retry("lib-1")),
    fates: { "lib-1": { runs: 4 } },
    variants: 1,
    thin: 6,
  },
  {
    name: "a host out of reach",
    agents: 1,
    work: [{ atMs: 1_000, beads: [{ title: "one" }] }],
    settings: { hosts: "external" },
    run: (_bead, nth) => (nth === 1 ? { answer: "never", beginsAfterMs: 5_000, workMs: 900_000, cutOff: true } : {}),
    fates: { "lib-1": { runs: 2 } },
    variants: 2,
  },
  {
    name: "the host of a run is removed",
    agents: 1,
    work: [{ atMs: 1_000, beads: [{ title: "one" }] }],
    settings: { hosts: "external" },
    joined: ["far", "near"],
    run: (_bead, nth) => (nth === 1 ? { workMs: 300_000 } : {}),
    happens: (stage) => stage.at(30_000, () => stage.removeHost("far")),
    fates: { "lib-1": { runs: 2, withinMs: 400_000 } },
    variants: 1,
    thin: 4,
  },
  {
    name: "one of two hosts takes nothing, and the other takes all",
    agents: 3,
    work: [
      { atMs: 1_000, beads: Array.from({ length: 3 }, (_, n) => ({ title: `bead ${n + 1}` })) },
      { atMs: 90_000, beads: Array.from({ length: 6 }, (_, n) => ({ title: `bead ${n + 4}` })) },
    ],
    settings: { hosts: "external", breakerAfter: 2 },
    joined: ["far", "near"],
    run: (_bead, _nth, _agent, host) => (host === "far" ? { answer: "reject", beginsAfterMs: null } : {}),
    variants: 1,
    thin: 6,
    every: 4,
    converges: true,
  },
  {
    name: "a bead alone, and the first of three hosts that takes it is the last",
    agents: 1,
    work: [{ atMs: 1_000, beads: [{ title: "one" }] }],
    settings: { hosts: "external" },
    joined: ["east", "north", "west"],
    run: (_bead, _nth, _agent, host) => (host === "west" ? {} : { answer: "no", beginsAfterMs: null }),
    landing: (_bead, _nth, host) => (host === "west" ? {} : { answer: "no", beginsAfterMs: null }),
    variants: 1,
    thin: 4,
  },
  {
    name: "the town dies with a start on its way to a joined host, and its connection with it",
    agents: 1,
    work: [{ atMs: 1_000, beads: [{ title: "one" }] }],
    settings: { hosts: "external" },
    joined: ["far", "near"],
    // The run lives, and nothing is heard of it.
    run: (_bead, nth) =>
      nth === 1 ? { answerAfterMs: 3_000, cutOff: true, workMs: 900_000, goneWhenAskedAgain: true } : {},
    fates: { "lib-1": { runs: 2, withinMs: 600_000 } },
    variants: 1,
    thin: 4,
  },
  {
    name: "accepted by a host out of reach, and never heard of",
    agents: 1,
    work: [{ atMs: 1_000, beads: [{ title: "one" }] }],
    settings: { hosts: "external" },
    run: (_bead, nth) => (nth === 1 ? { cutOff: true, workMs: 900_000 } : {}),
    fates: { "lib-1": { runs: 2, withinMs: 600_000 } },
    variants: 2,
    thin: 6,
  },
  {
    name: "the clock goes back while a host is out of reach",
    agents: 1,
    work: [{ atMs: 1_000, beads: [{ title: "one" }] }],
    settings: { hosts: "external" },
    run: (_bead, nth) => (nth === 1 ? { cutOff: true, workMs: 900_000 } : {}),
    happens: (stage) => {
      stage.at(0, () => stage.clockIsOff(3_600_000));
      stage.at(30_000, () => stage.cancel("lib-1")); // its run is given up, and not yet dead for certain
      stage.at(45_000, () => stage.clockIsOff(0));
      stage.at(60_000, () => stage.retry("lib-1"));
    },
    fates: { "lib-1": { runs: 2, withinMs: 600_000 } },
    variants: 1,
    thin: 6,
  },
  {
    name: "an agent without credentials",
    agents: 2,
    work: [{ atMs: 1_000, beads: [{ title: "one" }] }],
    run: (_bead, _nth, agent) => (agent === "a1" ? { ends: "troubled", workMs: 2_000 } : {}),
    fates: { "lib-1": { runs: 2, withinMs: 120_000 } },
    racy: true, // its cool-down may be over when a town that died comes back
    variants: 1,
    thin: 6,
  },
  {
    name: "more work than a minute may start",
    agents: 5,
    work: [{ atMs: 1_000, beads: Array.from({ length: 5 }, (_, n) => ({ title: `bead ${n + 1}` })) }],
    settings: { startsPerMinute: 3 },
    variants: 1,
    thin: 5,
  },
  {
    name: "all of a convoy is over while it is held, and it is started",
    agents: 1,
    work: [],
    happens: (stage) => {
      stage.at(1_000, () => stage.convoy("c1", "feature", "one"));
      stage.at(5_000, () => stage.holds("c1"));
      stage.at(120_000, () => stage.starts("c1"));
    },
    fates: { "lib-2": { runs: 0, finishes: 0 } },
    variants: 1,
    thin: 4,
  },
];
