import { failed } from "../crashpoints/host.ts";
import type { Said, Scenario } from "../crashpoints/scenario.ts";

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

const limited: Said = {
  ...{ kind: "failed", failure: "provider_limited", code: "limit", message: "come back later", outputTail: "" },
  retryAfterMs: 3_000_000,
};

/** Its agent has failed, and what it had done is on its branch. */
const leaves = (nth: number): Said =>
  ({
    ...failed("agent_failed", "exit_code"),
    saved: { head: String(nth).repeat(40), base: "b".repeat(40) },
  }) as Said;

/** How many runs of each bead fail at once, before the agent's command is mended. */
const BROKEN_RUNS: Readonly<Record<string, number>> = { "lib-1": 3, "lib-2": 1 };

/** How a run, or a landing, may go. */
export const runs: readonly Scenario[] = [
  {
    name: "a try goes on with what the one before has left",
    agents: 1,
    work: [{ atMs: 1_000, beads: [{ title: "one" }] }],
    run: (_bead, nth) => (nth < 3 ? { says: leaves(nth) } : {}),
    fates: { "lib-1": { runs: 3, failures: 2 } },
    variants: 1,
    thin: 4,
  },
  { name: "landings unblock what waits for them", agents: 2, work: chain, variants: 1, thin: 6 },
  {
    name: "a run finds nothing to do",
    agents: 2,
    work: chain,
    run: (bead) => (bead === "lib-1" ? { ends: "idle" } : {}),
    fates: { "lib-1": { landings: 0, landed: 0 } },
    variants: 1,
    thin: 6,
  },
  {
    name: "two of three land at a time, and the third after them",
    agents: 3,
    landingsAtOnce: 2,
    work: [{ atMs: 1_000, beads: [{ title: "one" }, { title: "two" }, { title: "three" }] }],
    landing: (bead, nth) => (bead === "lib-1" && nth === 1 ? { workMs: 45_000, ends: "badly" } : { workMs: 60_000 }),
    fates: { "lib-1": { runs: 2, landings: 2, reworks: 1 }, "lib-2": {}, "lib-3": {} },
    variants: 2,
    thin: 6,
    converges: true,
  },
  {
    name: "a landing comes back",
    agents: 1,
    work: two,
    landing: (_bead, nth) => (nth === 1 ? { ends: "badly" } : {}),
    fates: { "lib-1": { runs: 2, landings: 2, reworks: 1 }, "lib-2": { runs: 2, landings: 2, reworks: 1 } },
    variants: 1,
    thin: 6,
  },
  {
    name: "landings come back until the bead is parked",
    agents: 1,
    work: [{ atMs: 1_000, beads: [{ title: "one" }] }],
    run: () => ({ workMs: 4_000 }),
    landing: () => ({ ends: "badly" }),
    fates: { "lib-1": { status: "failed", runs: 3, landings: 3, finishes: 3, reworks: 3 } },
    variants: 1,
    thin: 12,
  },
  {
    name: "a landing finds its work past the gate",
    agents: 1,
    work: [{ atMs: 1_000, beads: [{ title: "one" }, { title: "two" }] }],
    run: () => ({ workMs: 4_000 }),
    landing: (bead) => (bead === "lib-1" ? { ends: "past_gate" } : {}),
    fates: { "lib-1": { status: "failed", runs: 1, landings: 1, finishes: 1, reworks: 1 } },
    variants: 1,
    thin: 6,
  },
  {
    name: "a landing is refused",
    agents: 2,
    work: two,
    landing: (_bead, nth) => (nth === 1 ? { answer: "no", beginsAfterMs: null } : {}),
    variants: 1,
    thin: 6,
  },
  {
    name: "a host asks for patience",
    agents: 1,
    work: [{ atMs: 1_000, beads: [{ title: "one" }] }],
    run: (_bead, nth) => (nth === 1 ? { answer: "busy", beginsAfterMs: null } : {}),
    landing: (_bead, nth) => (nth === 1 ? { answer: "busy", beginsAfterMs: null } : {}),
    variants: 1,
    thin: 6,
  },
  {
    name: "an agent fails until its bead is parked",
    agents: 2,
    work: chain,
    run: (bead) => (bead === "lib-2" ? { ends: "badly", workMs: 20_000 } : {}),
    fates: {
      "lib-2": { status: "failed", runs: 3, landings: 0, failures: 3 },
      "lib-3": { status: "open", runs: 0, landings: 0 },
    },
    variants: 1,
    thin: 6,
  },
  {
    name: "an agent fails every bead until its command is mended",
    agents: 1,
    work: [{ atMs: 1_000, beads: [{ title: "one" }, { title: "two" }, { title: "three" }, { title: "four" }] }],
    settings: { backoffBaseMs: 240_000 },
    run: (_bead, nth) => (nth === 1 ? { ends: "badly", workMs: 2_000 } : { workMs: 4_000 }),
    fates: Object.fromEntries([1, 2, 3, 4].map((n) => [`lib-${n}`, { runs: 2 }])),
    paid: 2,
    variants: 1,
    thin: 6,
  },
  {
    name: "the only bead of an agent that fails every bead is parked, and given back when a second one tells",
    agents: 1,
    work: [
      { atMs: 1_000, beads: [{ title: "one" }] },
      { atMs: 600_000, beads: [{ title: "two" }, { title: "three" }] },
    ],
    settings: { backoffBaseMs: 1_000 },
    run: (bead, nth) => (nth <= (BROKEN_RUNS[bead] ?? 0) ? { ends: "badly", workMs: 2_000 } : { workMs: 4_000 }),
    fates: { "lib-1": { runs: 4 }, "lib-2": { runs: 2 } },
    variants: 1,
    thin: 18,
  },
  {
    name: "whoever is kept apart from a bead does not hide who is not",
    agents: 2,
    work: [{ atMs: 1_000, beads: [{ title: "one" }] }],
    run: (_bead, _nth, agent) => (agent === "a1" ? { says: limited } : {}),
    landing: (_bead, nth) => (nth === 1 ? { ends: "badly" } : {}),
    fates: { "lib-1": { runs: 3, landings: 2, finishes: 2, reworks: 1, withinMs: 180_000 } },
    variants: 1,
    thin: 6,
    racy: true,
  },
  {
    name: "a lease runs out",
    agents: 1,
    work: two,
    run: (_bead, nth) => (nth === 1 ? { ends: "silent", workMs: 20_000 } : {}),
    fates: { "lib-1": { runs: 2 }, "lib-2": { runs: 2 } },
    variants: 1,
    thin: 6,
  },
  {
    name: "the host restarts",
    agents: 3,
    work: [{ atMs: 1_000, beads: [{ title: "one" }, { title: "two" }, { title: "three" }] }],
    run: (_bead, nth) => (nth === 1 ? { workMs: 90_000 } : {}),
    happens: (stage) => stage.at(30_000, () => stage.hostDies()),
    fates: { "lib-1": { runs: 2 }, "lib-2": { runs: 2 }, "lib-3": { runs: 2 } },
    variants: 1,
    thin: 6,
  },
  {
    name: "what was superseded has one last word after another",
    agents: 1,
    work: [{ atMs: 1_000, beads: [{ title: "one" }] }],
    run: (_bead, nth) => (nth === 1 ? { workMs: 2_000, lastWordsAfterMs: 200_000, saysOn: true } : { workMs: 300_000 }),
    fates: { "lib-1": { runs: 2 } },
    variants: 1,
    thin: 6,
  },
  {
    name: "last words are said again",
    agents: 2,
    work: two,
    run: () => ({ repeatsItself: true }),
    landing: () => ({ repeatsItself: true }),
    variants: 1,
    thin: 6,
  },
  {
    name: "a run speaks for another bead",
    agents: 2,
    work: two,
    happens: (stage) => {
      for (const atMs of [3_000, 9_000, 15_000, 27_000]) stage.at(atMs, () => stage.imposture());
    },
    variants: 1,
    thin: 6,
  },
  {
    name: "an epic is over with its only part, and what waits for it goes on",
    agents: 1,
    work: [],
    happens: (stage) => {
      const issue = { status: "open", created_at: "2026-01-01T00:00:00Z", updated_at: "2026-01-01T00:00:00Z" };
      stage.at(1_000, () =>
        stage.imports([
          { ...issue, id: "bd-1", title: "all", issue_type: "epic" },
          { ...issue, id: "bd-2", title: "its part", dependencies: [{ depends_on_id: "bd-1", type: "parent-child" }] },
          { ...issue, id: "bd-3", title: "after it", dependencies: [{ depends_on_id: "bd-1", type: "blocks" }] },
        ]),
      );
    },
    fates: { "lib-1": { runs: 0, landings: 0, landed: 0, finishes: 0 } },
    variants: 1,
    thin: 6,
  },
];
