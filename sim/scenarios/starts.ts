import type { Scenario } from "../crashpoints/scenario.ts";

const one = [{ atMs: 1_000, beads: [{ title: "one" }] }];
const two = [{ atMs: 1_000, beads: [{ title: "one" }, { title: "two" }] }];

/** How a start may go. */
export const starts: readonly Scenario[] = [
  { name: "a start is taken", agents: 1, work: one, variants: 6 },
  {
    name: "the heartbeat is faster than the answer",
    agents: 1,
    work: one,
    run: () => ({ answerAfterMs: 5_000, beginsAfterMs: 10 }),
    variants: 3,
  },
  {
    name: "the answer is lost and the run lives",
    agents: 1,
    work: one,
    run: () => ({ answer: "never", beginsAfterMs: 50 }),
    variants: 2,
  },
  {
    name: "a start is refused, then taken",
    agents: 1,
    work: two,
    run: (_bead, nth) => (nth <= 2 ? { answer: "no", beginsAfterMs: null } : {}),
    variants: 2,
  },
  {
    name: "a full host asks for patience",
    agents: 2,
    work: two,
    run: (_bead, nth) => (nth === 1 ? { answer: "full", beginsAfterMs: null } : {}),
    variants: 2,
  },
  {
    name: "a start is rejected",
    agents: 1,
    work: two,
    run: (_bead, nth) => (nth === 1 ? { answer: "reject", beginsAfterMs: null } : {}),
    variants: 2,
  },
  {
    name: "a start is past its deadline, then adopted",
    agents: 1,
    work: one,
    run: (_bead, nth) => (nth === 1 ? { answer: "never", beginsAfterMs: 15_300 } : {}),
    variants: 3,
    racy: true,
  },
  {
    name: "a late start meets a newer attempt",
    agents: 1,
    work: one,
    run: (_bead, nth) => (nth === 1 ? { answer: "never", beginsAfterMs: 25_000 } : {}),
    variants: 3,
    racy: true,
  },
  {
    name: "a rejected start begins all the same",
    agents: 1,
    work: one,
    run: (_bead, nth) => (nth === 1 ? { answer: "reject", beginsAfterMs: 300 } : {}),
    variants: 3,
    racy: true,
  },
  {
    name: "accepted, and nothing ever runs",
    agents: 1,
    work: one,
    run: (_bead, nth) => (nth === 1 ? { beginsAfterMs: null } : {}),
    variants: 3,
  },
];
