import type { Scenario } from "../crashpoints/scenario.ts";

const two = [{ atMs: 1_000, beads: [{ title: "one" }, { title: "two" }] }];

/** Who else is told of what happens, whatever strikes the town meanwhile. */
export const webhooks: readonly Scenario[] = [
  {
    name: "a webhook is told of what landed and what was parked, and takes nothing the first time",
    agents: 1,
    work: two,
    run: (bead) => (bead === "lib-2" ? { ends: "badly", workMs: 2_000 } : { workMs: 3_000 }),
    fates: { "lib-2": { status: "failed", runs: 3, landings: 0, failures: 3 } },
    told: {
      webhooks: [{ id: "chat" }],
      events: { "bead.landed": 1, "bead.parked": 1 },
      answers: (_type, times) => (times === 1 ? "no" : "yes"),
    },
    variants: 1,
    thin: 6,
    every: 2,
  },
  {
    name: "a receiver that hangs, one whose line breaks, and a convoy that closes",
    agents: 2,
    work: [],
    happens: (stage) => stage.at(1_000, () => stage.convoy("c", "town-c", "one")),
    fates: { "lib-2": { runs: 0, finishes: 0 } },
    told: {
      webhooks: [
        { id: "stuck", events: ["bead.landed", "convoy.closed"] },
        { id: "well", events: ["convoy.closed"] },
      ],
      events: { "convoy.closed": 2 },
      answers: (_type, times, all) => (times > 2 ? "yes" : all % 2 === 0 ? "rejects" : "never"),
    },
    variants: 1,
    thin: 6,
    every: 2,
  },
  {
    name: "a webhook is removed while a call is out, and another's receiver is gone",
    agents: 1,
    work: two,
    run: () => ({ workMs: 3_000 }),
    happens: (stage) => {
      stage.at(9_000, () => stage.unhook("first"));
      stage.at(60_000, () => stage.look());
    },
    told: {
      webhooks: [
        { id: "first", events: ["bead.landed"] },
        { id: "gone", events: ["bead.landed"] },
      ],
      events: {},
      givesUp: true,
      answers: (_type, times) => (times > 1 ? "gone" : "never"),
    },
    variants: 1,
    thin: 6,
    every: 2,
  },
];
