/** Snapshots for the tests of rules. */
import fc from "fast-check";
import { defaultSettings } from "../../src/lib/settings.ts";
import { planTown } from "../../src/reconciler/plan.ts";
import type { Snapshot } from "../../src/reconciler/types.ts";

export const aTown = (part: Partial<Snapshot> = {}): Snapshot => ({
  nowMs: 1_000,
  settings: defaultSettings,
  expired: [],
  stopping: [],
  paused: null,
  pastLimit: [],
  silent: [],
  draining: false,
  startsLeft: 100,
  hosts: { start: 100, landing: 100, probes: null, untilMs: null, broken: null, brokenHost: null, full: null },
  hostless: false,
  runsLeft: { town: Number.POSITIVE_INFINITY, rigs: new Map(), roles: new Map() },
  rigs: new Map(),
  pushes: new Map(),
  served: new Map(),
  hooked: [],
  idle: [],
  ready: [],
  landable: [],
  landsMore: false,
  deliveries: [],
  wake: {
    live: {
      leaseMs: null,
      stopping: false,
      silentSinceMs: null,
      limitMs: null,
      landings: new Map(),
      landingsAtOnce: new Map(),
    },
    coolMs: null,
    unsettledRigs: new Set(),
    unsettledAfterStarts: new Set(),
  },
  prunesAtMs: null,
  ...part,
});

/** An agent that is not cooling down. */
export const well = {
  ...{ failures: 0, role: "worker", gate: null, agentNotBeforeMs: 0 },
  ...{ hasOthers: false, isBarred: false, inTrouble: false },
};

export const actionsOf = (town: Snapshot) => planTown(town).actions;

export const ready1 = (beadId: string, rigId = "r1") => ({
  ...{ beadId, rigId, failures: 0, touches: [], isStruck: false, failedBy: [], gate: null },
});

export const idle1 = (agentId: string, rigId = "r1", role = "worker") => ({
  agentId,
  rigId,
  role,
  bars: [],
  inDoubt: false,
});

export const role = fc.constantFrom("worker", "senior");
