import type { Scenario } from "../crashpoints/scenario.ts";

const one = [{ atMs: 1_000, beads: [{ title: "one" }] }];
const two = [{ atMs: 1_000, beads: [{ title: "one" }, { title: "two" }] }];

/** How a start may go. */
export const starts: readonly Scenario[] = [
  { name: "a start is taken", agents: 1, work: one, variants: 5 },
  {
    name: "the heartbeat is faster than the answer",
    agents: 1,
    work: one,
    run: () => ({ answerAfterMs: 5_000, beginsAfterMs: 10 }),
    variants: 5,
  },
  {
    name: "the answer is lost and the run lives",
    agents: 1,
    work: one,
    run: () => ({ answer: "never", beginsAfterMs: 50 }),
    variants: 5,
  },
  {
    name: "a start is refused, then taken",
    agents: 1,
    work: two,
    run: (_bead, nth) => (nth <= 5 ? { answer: "no", beginsAfterMs: null } : {}),
    variants: 2,
    thin: 3,
  },
  {
    name: "a full host asks for patience",
    agents: 2,
    work: two,
    run: (_bead, nth) => (nth === 1 ? { answer: "full", beginsAfterMs: null } : {}),
    variants: 2,
    thin: 3,
  },
  {
    name: "a start is rejected",
    agents: 1,
    work: two,
    run: (_bead, nth) => (nth === 1 ? { answer: "reject", beginsAfterMs: null } : {}),
    variants: 2,
    thin: 3,
  },
  {
    name: "a start is past its deadline, then adopted",
    agents: 1,
    work: one,
    run: (_bead, nth) => (nth === 1 ? { answer: "never", beginsAfterMs: 15_300 } : {}),
    // One run: the late one.
    variants: 5,
    racy: true,
  },
  {
    name: "a late heartbeat is fenced by a newer attempt",
    agents: 1,
    work: one,
    run: (_bead, nth) => (nth === 1 ? { answer: "never", beginsAfterMs: 17_500 } : { beginsAfterMs: 4_000 }),
    fates: { "lib-1": { runs: 2 } },
    variants: 5,
    racy: true,
  },
  {
    name: "a rejected start begins all the same",
    agents: 1,
    work: one,
    run: (_bead, nth) => (nth === 1 ? { answer: "reject", beginsAfterMs: 300 } : {}),
    // Its heartbeat comes within the backoff, and it is adopted.
    variants: 5,
    racy: true,
  },
  {
    name: "accepted, and nothing ever runs",
    agents: 1,
    work: one,
    run: (_bead, nth) => (nth === 1 ? { beginsAfterMs: null } : {}),
    variants: 5,
  },
  {
    name: "a run is over before its answer, which is no",
    agents: 1,
    work: two,
    run: () => ({ answer: "reject", answerAfterMs: 9_000, beginsAfterMs: 10, workMs: 3_000 }),
    landing: () => ({ answer: "no", answerAfterMs: 9_000, beginsAfterMs: 10, workMs: 3_000 }),
    variants: 2,
    thin: 3,
  },
  {
    name: "a landing is over before its answer, which is yes",
    agents: 1,
    work: two,
    landing: () => ({ answerAfterMs: 9_000, beginsAfterMs: 10, workMs: 3_000 }),
    variants: 1,
    thin: 3,
  },
  {
    name: "one of two starts is slow to be answered",
    agents: 2,
    work: two,
    run: (bead, nth) =>
      nth > 1 ? {} : bead === "lib-1" ? { answer: "no", beginsAfterMs: null } : { answerAfterMs: 12_000 },
    variants: 1,
    thin: 3,
  },
  {
    name: "a host is down for long",
    agents: 1,
    work: one,
    settings: { backoffCapMs: 20_000 },
    run: (_bead, nth) => (nth <= 9 ? { answer: "reject", beginsAfterMs: null } : {}),
    variants: 1,
    thin: 3,
  },
  {
    name: "one bead can't start and others wait",
    agents: 1,
    work: [...one, { atMs: 45_000, beads: [{ title: "two" }] }],
    run: (bead, nth) => (bead === "lib-1" && nth <= 8 ? { answer: "no", beginsAfterMs: null } : {}),
    fates: { "lib-2": { withinMs: 180_000 } },
    variants: 1,
    thin: 3,
  },
];
