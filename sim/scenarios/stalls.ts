import type { Scenario } from "../crashpoints/scenario.ts";

const one = [{ atMs: 1_000, beads: [{ title: "one" }] }];
const stall = { nudgeMs: 120_000, escalateMs: 180_000, stopMs: 240_000 };
const settings = { stall, heartbeatMs: 20_000 };
const standsFirst = (_bead: string, nth: number) => (nth === 1 ? ({ ends: "stands", workMs: 5_000 } as const) : {});

/** Runs that live and whose agent does nothing. */
export const stalls: readonly Scenario[] = [
  {
    name: "a run stands still: it is nudged, stopped and tried again",
    agents: 1,
    work: one,
    settings,
    run: standsFirst,
    fates: { "lib-1": { runs: 2, failures: 1, nudges: 1, withinMs: 500_000 } },
    variants: 1,
    thin: 6,
  },
  {
    name: "a run stands still, and goes on when it is nudged",
    agents: 1,
    work: one,
    settings,
    run: () => ({ ends: "stands", workMs: 5_000, heedsNudges: true }),
    fates: { "lib-1": { nudges: 1, withinMs: 300_000 } },
    variants: 1,
    thin: 6,
  },
  {
    name: "a run is nudged, and what its host can say only now is no news of it",
    agents: 1,
    work: one,
    settings: { ...settings, leaseMs: 40_000, heartbeatMs: 10_000 },
    run: () => ({ workMs: 200_000, active: (afterMs) => (afterMs < 175_000 ? null : 50_000) }),
    fates: { "lib-1": { nudges: 1 } },
    variants: 1,
    thin: 12,
  },
  {
    name: "a run stands still, and no nudge gets through",
    agents: 1,
    work: one,
    settings,
    run: standsFirst,
    nudged: "reject",
    fates: { "lib-1": { runs: 2, failures: 1, withinMs: 500_000 } },
    variants: 1,
    thin: 12,
  },
  {
    name: "a run is nudged while a start hangs at its host",
    agents: 2,
    work: [...one, { atMs: 112_000, beads: [{ title: "two" }] }],
    settings,
    run: (bead, nth) =>
      bead === "lib-1"
        ? { ends: "stands", workMs: 5_000, heedsNudges: true }
        : nth === 1
          ? { answer: "never", beginsAfterMs: null }
          : {},
    fates: { "lib-1": { nudges: 1, withinMs: 300_000 }, "lib-2": { withinMs: 300_000 } },
    variants: 1,
    thin: 6,
  },
  {
    name: "a run stands still, and its host takes no word and is slow to stop it",
    agents: 1,
    work: one,
    settings: { ...settings, agentFailureBudget: 2 },
    run: () => ({ ends: "stands", workMs: 5_000 }),
    nudged: "never",
    stopAfterMs: 30_000,
    fates: { "lib-1": { status: "failed", runs: 2, landings: 0, failures: 2 } },
    variants: 1,
    thin: 24,
  },
];
