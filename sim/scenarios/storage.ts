import type { Scenario } from "../crashpoints/scenario.ts";

const two = [{ atMs: 1_000, beads: [{ title: "one" }, { title: "two" }] }];

/** The town's own storage, and the rows in it. */
export const storage: readonly Scenario[] = [
  {
    name: "a row that can't be read, in the way of every pass",
    agents: 1,
    work: two,
    happens: (stage) => stage.at(3_000, () => stage.damages("UPDATE beads SET touches = '{' WHERE id = 'lib-2'")),
    fates: { "lib-1": { withinMs: 120_000 }, "lib-2": { withinMs: 180_000 } },
    variants: 1,
    thin: 4,
  },
  {
    name: "an agent whose program can't be read, and another who does all the work",
    agents: 2,
    work: [{ atMs: 1_000, beads: [{ title: "one" }, { title: "two" }, { title: "three" }] }],
    happens: (stage) => stage.at(500, () => stage.damages("UPDATE agents SET command = '{' WHERE id = 'a1'")),
    fates: { "lib-1": { withinMs: 180_000 }, "lib-2": { withinMs: 180_000 }, "lib-3": { withinMs: 180_000 } },
    variants: 1,
    thin: 4,
    racy: true,
  },
  {
    name: "words that this release does not know",
    agents: 2,
    work: two,
    happens: (stage) => {
      const live = "WHERE ended_at_ms IS NULL";
      stage.at(4_000, () => stage.damagesAndLooks("UPDATE agents SET status = 'napping' WHERE id = 'a1'"));
      stage.at(4_500, () => stage.damagesAndLooks(`UPDATE attempts SET state = 'levitating' ${live}`));
      stage.at(5_000, () =>
        stage.damagesAndLooks("UPDATE beads SET status = 'dreaming'", "UPDATE agents SET status = 'napping'"),
      );
    },
    variants: 1,
    thin: 4,
    racy: true,
  },
  {
    name: "a disk that is full for a while",
    agents: 2,
    work: two,
    happens: (stage) => stage.at(2_500, () => stage.diskIsFull(20_000)),
    variants: 1,
    thin: 6,
    racy: true,
  },
  {
    name: "a host without room",
    agents: 2,
    work: [{ atMs: 1_000, beads: [{ title: "one" }] }],
    run: (_bead, nth) => (nth === 1 ? { answer: "no_room", beginsAfterMs: null } : {}),
    // Nobody pays for it, and it is asked again after a while.
    fates: { "lib-1": { runs: 1, withinMs: 120_000 } },
    variants: 1,
    thin: 4,
    racy: true,
  },
];
