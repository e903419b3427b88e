import { failed } from "../crashpoints/host.ts";
import type { Conduct, Said, Scenario } from "../crashpoints/scenario.ts";

const one = [{ atMs: 1_000, beads: [{ title: "one" }] }];
const two = [{ atMs: 1_000, beads: [{ title: "one" }, { title: "two" }] }];
/** Nothing stands still for too long here: it lasts too long. */
const stall = { nudgeMs: null, escalateMs: null, stopMs: null };
const settings = { stall, heartbeatMs: 20_000, limitMarginMs: 30_000 };
/** Its provider takes no more for ten minutes. */
const LIMITED: Partial<Conduct> = {
  workMs: 2_000,
  says: { ...failed("provider_limited", "limit"), retryAfterMs: 600_000 } as Said,
};
const beats = { ends: "stands", workMs: 1_000 } as const;

/** What a host was told, and what becomes of what does not keep it. */
export const limits: readonly Scenario[] = [
  {
    name: "a run beats past its limit: the town stops it, and its bead is tried again",
    agents: 1,
    work: one,
    settings,
    maxRunMs: 60_000,
    run: (_bead, nth) => (nth === 1 ? beats : {}),
    fates: { "lib-1": { runs: 2, failures: 1, withinMs: 400_000 } },
    variants: 1,
    thin: 6,
  },
  {
    name: "a run beats past its limit, and its host is slow to stop it",
    agents: 1,
    work: one,
    settings: { ...settings, agentFailureBudget: 1 },
    maxRunMs: 60_000,
    run: () => beats,
    stopAfterMs: 30_000,
    fates: { "lib-1": { status: "failed", runs: 1, landings: 0, failures: 1 } },
    variants: 1,
    thin: 12,
  },
  {
    name: "a landing beats past its limit: its rig lands the next bead, and then this one",
    agents: 2,
    work: two,
    settings,
    landing: (bead, nth) => (bead === "lib-1" && nth === 1 ? beats : {}),
    fates: { "lib-1": { landings: 2, withinMs: 600_000 }, "lib-2": { withinMs: 300_000 } },
    variants: 1,
    thin: 6,
  },
  {
    name: "runs that cost no budget come to an end: their bead is parked",
    agents: 1,
    work: one,
    settings: { unpaidTriesPerDay: 2 },
    run: () => ({ ends: "troubled" }),
    fates: { "lib-1": { status: "failed", runs: 2, landings: 0, finishes: 0 } },
    variants: 1,
    thin: 6,
  },
  {
    name: "a run that was given up beats once more, and is past its limit by then",
    agents: 1,
    work: one,
    settings: { ...settings, firstLeaseMs: 15_000, backoffBaseMs: 400_000, backoffCapMs: 400_000 },
    maxRunMs: 60_000,
    run: (_bead, nth) => (nth === 1 ? { ...beats, beatsLateMs: 130_000 } : {}),
    fates: { "lib-1": { runs: 2, withinMs: 900_000 } },
    variants: 1,
    thin: 6,
  },
  {
    name: "an agent's limit stops the others of its provider, and nobody else",
    agents: 4,
    provider: (agent) => (agent === "a4" ? "another" : "shared"),
    work: [
      { atMs: 1_000, beads: [{ title: "one" }, { title: "two" }] },
      { atMs: 20_000, beads: [{ title: "three" }, { title: "four" }] },
    ],
    run: (bead, nth) => (nth === 1 && (bead === "lib-1" || bead === "lib-2") ? LIMITED : {}),
    fates: {
      "lib-1": { runs: 2 },
      "lib-2": { runs: 2 },
      "lib-3": { withinMs: 120_000 },
    },
    variants: 1,
    thin: 6,
    racy: true,
  },
  {
    name: "the lease becomes shorter under a run, which keeps the one that its host was told",
    agents: 2,
    work: [
      { atMs: 1_000, beads: [{ title: "one" }] },
      { atMs: 20_000, beads: [{ title: "two" }] },
    ],
    run: () => ({ workMs: 60_000 }),
    happens: ({ at, set }) => at(10_000, () => set({ leaseMs: 4_000, heartbeatMs: 2_000, firstLeaseMs: 4_000 })),
    variants: 1,
    thin: 6,
  },
  {
    name: "a host out of reach keeps the lease that it was told, though it is shorter by now",
    agents: 1,
    work: one,
    settings: { hosts: "external" },
    run: (_bead, nth) => (nth === 1 ? { answer: "never", beginsAfterMs: 5_000, workMs: 900_000, cutOff: true } : {}),
    happens: ({ at, set }) => at(4_000, () => set({ leaseMs: 8_000, heartbeatMs: 4_000 })),
    fates: { "lib-1": { runs: 2 } },
    variants: 1,
    thin: 4,
  },
];
