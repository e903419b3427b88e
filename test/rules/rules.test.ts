import fc from "fast-check";
import { expect, test } from "vitest";
import { settingsSchema } from "../../src/lib/settings.ts";
import { LONG_BACKOFF_MS } from "../../src/reconciler/limits.ts";
import { planTown } from "../../src/reconciler/plan.ts";
import { dispatchReadyBeads } from "../../src/reconciler/rules/dispatch-ready-beads.ts";
import { landReviewedBeads } from "../../src/reconciler/rules/land-reviewed-beads.ts";
import { releaseLongHooks } from "../../src/reconciler/rules/release-long-hooks.ts";
import { retryHookedBeads } from "../../src/reconciler/rules/retry-hooked-beads.ts";
import type { Snapshot } from "../../src/reconciler/types.ts";

const settings = settingsSchema.parse({});
const aTown = (part: Partial<Snapshot> = {}): Snapshot => ({
  nowMs: 1_000,
  settings,
  expired: [],
  stopping: [],
  stalled: [],
  startsLeft: 100,
  draining: false,
  hooked: [],
  idle: [],
  ready: [],
  landable: [],
  ...part,
});

/** An agent that is not cooling down. */
const well = { agentNotBeforeMs: 0, hasOthers: false };

test("a ready bead takes an idle agent of its own rig", () => {
  const town = aTown({
    ready: [{ beadId: "b1", rigId: "r1" }],
    idle: [
      { agentId: "a2", rigId: "r2" },
      { agentId: "a1", rigId: "r1" },
    ],
  });
  expect(dispatchReadyBeads.plan(town)).toEqual([{ type: "dispatch_agent", agentId: "a1", beadId: "b1" }]);
});

test("a hooked bead is tried again when its backoff has passed, not before", () => {
  const hooked = [
    { agentId: "a1", beadId: "b1", rigId: "r1", notBeforeMs: 1_000, ...well },
    { agentId: "a2", beadId: "b2", rigId: "r1", notBeforeMs: 1_001, ...well },
  ];
  expect(retryHookedBeads.plan(aTown({ hooked }))).toEqual([{ type: "dispatch_agent", agentId: "a1", beadId: "b1" }]);
});

test("a hook is let go only for a long wait, and only while work of that rig goes unserved", () => {
  const long = { agentId: "a1", beadId: "b1", rigId: "r1", notBeforeMs: 1_001 + LONG_BACKOFF_MS, ...well };
  const short = { agentId: "a2", beadId: "b2", rigId: "r1", notBeforeMs: 1_000 + LONG_BACKOFF_MS, ...well };
  const ready = [{ beadId: "b3", rigId: "r1" }];
  expect(releaseLongHooks.plan(aTown({ hooked: [short, long], ready }))).toEqual([
    { type: "release_hook", agentId: "a1", beadId: "b1" },
  ]);
  expect(releaseLongHooks.plan(aTown({ hooked: [long] }))).toEqual([]);
  expect(releaseLongHooks.plan(aTown({ hooked: [long], ready, idle: [{ agentId: "a3", rigId: "r1" }] }))).toEqual([]);
  expect(releaseLongHooks.plan(aTown({ hooked: [long], ready: [{ beadId: "b3", rigId: "r2" }] }))).toEqual([]);
});

test("an agent that cools down tries nothing, and lets go of its bead only if there is somebody else", () => {
  const cooling = {
    agentId: "a1",
    beadId: "b1",
    rigId: "r1",
    notBeforeMs: 0,
    agentNotBeforeMs: 1_001 + LONG_BACKOFF_MS,
  };
  const alone = aTown({ hooked: [{ ...cooling, hasOthers: false }] });
  expect(planTown(alone)).toEqual([]);
  const inCompany = aTown({ hooked: [{ ...cooling, hasOthers: true }] });
  expect(planTown(inCompany)).toEqual([{ type: "release_hook", agentId: "a1", beadId: "b1" }]);
});

test("what was called off is stopped, also when the minute's starts are used up; nothing else begins then", () => {
  const town = aTown({
    startsLeft: 0,
    stopping: [{ agentId: "a1", fence: 7 }],
    hooked: [{ agentId: "a2", beadId: "b2", rigId: "r1", notBeforeMs: 0, ...well }],
    ready: [{ beadId: "b3", rigId: "r1" }],
    idle: [{ agentId: "a3", rigId: "r1" }],
    landable: [{ beadId: "b4", rigId: "r1" }],
  });
  expect(planTown(town)).toEqual([{ type: "stop_run", agentId: "a1", fence: 7, failures: 0 }]);
});

test("each rig lands the first of its reviewed beads", () => {
  const landable = [
    { beadId: "b1", rigId: "r1" },
    { beadId: "b2", rigId: "r1" },
    { beadId: "b3", rigId: "r2" },
  ];
  expect(
    landReviewedBeads.plan(aTown({ landable })).map((action) => action.type === "land_bead" && action.beadId),
  ).toEqual(["b1", "b3"]);
});

const rig = fc.constantFrom("r1", "r2", "r3");
const towns = fc
  .record({
    ready: fc.uniqueArray(fc.record({ beadId: fc.integer().map((n) => `b${n}`), rigId: rig }), {
      selector: (b) => b.beadId,
    }),
    idle: fc.uniqueArray(fc.record({ agentId: fc.integer().map((n) => `a${n}`), rigId: rig }), {
      selector: (a) => a.agentId,
    }),
    hooked: fc.uniqueArray(
      fc.record({
        agentId: fc.integer().map((n) => `h${n}`),
        beadId: fc.integer().map((n) => `k${n}`),
        rigId: rig,
        notBeforeMs: fc.nat(60_000),
        agentNotBeforeMs: fc.nat(60_000),
        hasOthers: fc.boolean(),
      }),
      { selector: (h) => h.agentId },
    ),
    landable: fc.uniqueArray(fc.record({ beadId: fc.integer().map((n) => `l${n}`), rigId: rig }), {
      selector: (b) => b.beadId,
    }),
  })
  .map(aTown);

test("no plan uses an agent twice or starts a bead twice, and planning is pure", () => {
  fc.assert(
    fc.property(towns, (town) => {
      const before = structuredClone(town);
      const plan = planTown(town);
      const dispatches = plan.filter((action) => action.type === "dispatch_agent");
      expect(new Set(dispatches.map(({ agentId }) => agentId)).size).toBe(dispatches.length);
      const free = dispatches.filter(({ agentId }) => agentId.startsWith("a"));
      expect(new Set(free.map(({ beadId }) => beadId)).size).toBe(free.length);
      expect(planTown(town)).toEqual(plan);
      expect(town).toEqual(before);
    }),
  );
});
