import fc from "fast-check";
import { expect, test } from "vitest";
import { overlapping } from "../../src/lib/paths.ts";
import { defaultSettings } from "../../src/lib/settings.ts";
import { Allowance } from "../../src/reconciler/allowance.ts";
import { LONG_BACKOFF_MS } from "../../src/reconciler/limits.ts";
import { planTown } from "../../src/reconciler/plan.ts";
import { dispatchReadyBeads } from "../../src/reconciler/rules/dispatch-ready-beads.ts";
import { landReviewedBeads } from "../../src/reconciler/rules/land-reviewed-beads.ts";
import { releaseLongHooks } from "../../src/reconciler/rules/release-long-hooks.ts";
import { retryHookedBeads } from "../../src/reconciler/rules/retry-hooked-beads.ts";
import type { Idle, Rule, Snapshot } from "../../src/reconciler/types.ts";

const aTown = (part: Partial<Snapshot> = {}): Snapshot => ({
  nowMs: 1_000,
  settings: defaultSettings,
  expired: [],
  stopping: [],
  paused: null,
  pastLimit: [],
  stalled: [],
  draining: false,
  startsLeft: 100,
  hosts: { start: 100, landing: 100, probes: null, untilMs: null, broken: null, full: null },
  hostless: false,
  room: { town: Number.POSITIVE_INFINITY, rigs: new Map(), roles: new Map() },
  rigs: new Map(),
  pushes: new Map(),
  served: new Map(),
  hooked: [],
  idle: [],
  ready: [],
  landable: [],
  wake: {
    live: { leaseMs: null, stopping: false, silentSinceMs: null, limitMs: null },
    coolMs: null,
    unsettledRigs: new Set(),
    unsettledAfterStarts: new Set(),
  },
  prunesAtMs: null,
  ...part,
});

/** An agent that is not cooling down. */
const well = {
  ...{ failures: 0, role: "worker", gate: null, agentNotBeforeMs: 0 },
  ...{ hasOthers: false, isBarred: false, inTrouble: false },
};

const planned = (rule: Rule, town: Snapshot) => rule.plan(town, new Allowance(town));
const actionsOf = (town: Snapshot) => planTown(town).actions;
const ready1 = (beadId: string, rigId = "r1") => ({
  ...{ beadId, rigId, failures: 0, touches: [], isStruck: false, failedBy: [], gate: null },
});
const idle1 = (agentId: string, rigId = "r1", role = "worker") => ({ agentId, rigId, role, bars: [], inDoubt: false });

test("a ready bead takes an idle agent of its own rig", () => {
  const town = aTown({
    ready: [ready1("b1", "r1")],
    idle: [idle1("a2", "r2"), idle1("a1", "r1")],
  });
  expect(planned(dispatchReadyBeads, town)).toEqual([{ type: "dispatch_agent", agentId: "a1", beadId: "b1" }]);
});

test("a hooked bead is tried again when its backoff has passed, not before", () => {
  const hooked = [
    { agentId: "a1", beadId: "b1", rigId: "r1", notBeforeMs: 1_000, ...well },
    { agentId: "a2", beadId: "b2", rigId: "r1", notBeforeMs: 1_001, ...well },
  ];
  expect(planned(retryHookedBeads, aTown({ hooked }))).toEqual([
    { type: "dispatch_agent", agentId: "a1", beadId: "b1" },
  ]);
});

test("a hook is let go only for a long wait, and only while work of that rig goes unserved", () => {
  const long = { agentId: "a1", beadId: "b1", rigId: "r1", notBeforeMs: 1_001 + LONG_BACKOFF_MS, ...well };
  const short = { agentId: "a2", beadId: "b2", rigId: "r1", notBeforeMs: 1_000 + LONG_BACKOFF_MS, ...well };
  const ready = [ready1("b3", "r1")];
  expect(planned(releaseLongHooks, aTown({ hooked: [short, long], ready }))).toEqual([
    { type: "release_hook", agentId: "a1", beadId: "b1" },
  ]);
  expect(planned(releaseLongHooks, aTown({ hooked: [long] }))).toEqual([]);
  expect(planned(releaseLongHooks, aTown({ hooked: [long], ready, idle: [idle1("a3", "r1")] }))).toEqual([]);
  expect(planned(releaseLongHooks, aTown({ hooked: [long], ready: [ready1("b3", "r2")] }))).toEqual([]);
});

test("an agent that cools down tries nothing, and lets go of its bead only if there is somebody else", () => {
  const cooling = {
    agentId: "a1",
    beadId: "b1",
    rigId: "r1",
    notBeforeMs: 0,
    role: "worker",
    failures: 0,
    gate: null,
    agentNotBeforeMs: 1_001 + LONG_BACKOFF_MS,
    isBarred: false,
    inTrouble: true,
  };
  const alone = aTown({ hooked: [{ ...cooling, hasOthers: false }] });
  expect(actionsOf(alone)).toEqual([]);
  const inCompany = aTown({ hooked: [{ ...cooling, hasOthers: true }] });
  expect(actionsOf(inCompany)).toEqual([{ type: "release_hook", agentId: "a1", beadId: "b1" }]);
});

test("what an agent failed goes to another that is free, and to the same one where there is no other", () => {
  const failed = { ...ready1("b1"), failedBy: ["a1"] };
  const starts = (idle: Idle[]) => actionsOf(aTown({ ready: [failed], idle }));
  expect(starts([idle1("a1"), idle1("a2")])).toEqual([{ type: "dispatch_agent", agentId: "a2", beadId: "b1" }]);
  expect(starts([idle1("a1")])).toEqual([{ type: "dispatch_agent", agentId: "a1", beadId: "b1" }]);
});

const apart = { bars: [{ bead: "b1", untilMs: 5_000 }], inDoubt: true };

test("an agent whose last run ended at once is given what has failed nobody first, and where there is no such bead, what has", () => {
  const failed = { ...ready1("b1"), failedBy: ["a1"] };
  const idle = [{ ...idle1("a1"), inDoubt: true }];
  const starts = (ready: Snapshot["ready"]) => planned(dispatchReadyBeads, aTown({ ready, idle }));
  expect(starts([failed, ready1("b2")])).toEqual([{ type: "dispatch_agent", agentId: "a1", beadId: "b2" }]);
  expect(starts([failed])).toEqual([{ type: "dispatch_agent", agentId: "a1", beadId: "b1" }]);
});

test("an agent is not given what it is kept apart from: another takes it, and it takes another", () => {
  const doubted = { ...idle1("a1"), ...apart };
  const struck = { ...ready1("b1"), isStruck: true };
  const starts = (town: Partial<Snapshot>) =>
    planned(dispatchReadyBeads, aTown(town)).map(
      (action) => action.type === "dispatch_agent" && [action.agentId, action.beadId],
    );
  expect(starts({ ready: [struck, ready1("b2")], idle: [doubted, idle1("a2")] })).toEqual([
    ["a2", "b1"],
    ["a1", "b2"],
  ]);
  expect(starts({ ready: [struck, ready1("b2")], idle: [doubted] })).toEqual([["a1", "b2"]]);
  const alone = planTown(aTown({ ready: [struck], idle: [doubted] }));
  expect(alone).toMatchObject({ actions: [], refused: [{ gate: { name: "agent", untilMs: 5_000 } }] });
});

test("an agent in doubt is tried with what has failed nobody, however urgent the other is", () => {
  const other = { ...ready1("b9"), isStruck: true };
  const idle = [{ ...idle1("a1"), ...apart }];
  const first = ({ ready }: Pick<Snapshot, "ready">) => planned(dispatchReadyBeads, aTown({ ready, idle }))[0];
  expect(first({ ready: [other, ready1("b2")] })).toMatchObject({ beadId: "b2" });
  expect(first({ ready: [other] })).toMatchObject({ beadId: "b9" });
});

test("two that are kept apart are parted, and so is whoever cools down for its own trouble while other work is ready", () => {
  const held = { agentId: "a1", beadId: "b1", rigId: "r1", notBeforeMs: 0, ...well };
  const lets = [{ type: "release_hook", agentId: "a1", beadId: "b1" }];
  expect(planned(releaseLongHooks, aTown({ hooked: [{ ...held, isBarred: true }] }))).toEqual(lets);
  const cooling = { ...held, inTrouble: true, agentNotBeforeMs: 2_000 };
  expect(planned(releaseLongHooks, aTown({ hooked: [cooling], ready: [ready1("b2")] }))).toEqual(lets);
  expect(planned(releaseLongHooks, aTown({ hooked: [cooling] }))).toEqual([]);
});

test("what was called off is stopped, also when the minute's starts are used up; nothing else begins then", () => {
  const town = aTown({
    startsLeft: 0,
    stopping: [{ agentId: "a1", fence: 7 }],
    hooked: [{ agentId: "a2", beadId: "b2", rigId: "r1", notBeforeMs: 0, ...well }],
    ready: [ready1("b3", "r1")],
    idle: [idle1("a3", "r1")],
    landable: [{ beadId: "b4", rigId: "r1", failures: 0, gate: null }],
  });
  expect(actionsOf(town)).toEqual([{ type: "stop_run", agentId: "a1", fence: 7, failures: 0 }]);
});

test("each rig lands the first of its reviewed beads", () => {
  const landable = [
    { beadId: "b1", rigId: "r1", failures: 0, gate: null },
    { beadId: "b2", rigId: "r1", failures: 0, gate: null },
    { beadId: "b3", rigId: "r2", failures: 0, gate: null },
  ];
  expect(
    planned(landReviewedBeads, aTown({ landable })).map((action) => action.type === "land_bead" && action.beadId),
  ).toEqual(["b1", "b3"]);
});

test.each([null, 1])(
  "a landing that has no slot takes the last start of the minute from nobody (probes: %s)",
  (probes) => {
    const town = aTown({
      startsLeft: 1,
      hosts: { start: 1, landing: 0, probes, untilMs: null, broken: null, full: null },
      landable: [{ beadId: "b1", rigId: "r1", failures: 0, gate: null }],
      ready: [ready1("b2")],
      idle: [idle1("a1")],
    });
    const plan = planTown(town);
    expect(plan.actions).toEqual([{ type: "dispatch_agent", agentId: "a1", beadId: "b2" }]);
    expect(plan.refused).toMatchObject([
      { action: { beadId: "b1" }, gate: { name: probes === null ? "slot" : "breaker" } },
    ]);
  },
);

const rig = fc.constantFrom("r1", "r2", "r3");
const role = fc.constantFrom("worker", "senior");
const gate = fc.constantFrom(null, null, { name: "overlap" as const, why: "another is there", untilMs: 2_000 });
const left = (keys: string[]) =>
  fc
    .record(Object.fromEntries(keys.map((key) => [key, fc.nat(3)])), { requiredKeys: [] })
    .map((caps) => new Map(Object.entries(caps) as [string, number][]));
const towns = fc
  .record({
    startsLeft: fc.nat(20),
    hosts: fc.record({
      start: fc.nat(12),
      landing: fc.nat(4),
      probes: fc.constantFrom(null, null, 0, 1),
      untilMs: fc.constant(null),
      broken: fc.constant(null),
      full: fc.constantFrom(null, { why: "it is full", untilMs: 9_000 }),
    }),
    room: fc.record({ town: fc.nat(10), rigs: left(["r1", "r2"]), roles: left(["worker", "senior"]) }),
    served: left(["r1", "r2", "r3"]),
    ready: fc.uniqueArray(
      fc.record({
        beadId: fc.constantFrom(...Array.from({ length: 12 }, (_, n) => `b${n}`)),
        rigId: rig,
        failures: fc.nat(9),
        touches: fc.subarray(["a", "b"]),
        isStruck: fc.boolean(),
        failedBy: fc.subarray(["a1", "a2"]),
        gate,
      }),
      {
        selector: (b) => b.beadId,
      },
    ),
    idle: fc.uniqueArray(
      fc.record({
        agentId: fc.integer().map((n) => `a${n}`),
        rigId: rig,
        role,
        bars: fc
          .subarray(Array.from({ length: 12 }, (_, n) => `b${n}`))
          .map((barred) => barred.map((bead) => ({ bead, untilMs: 9_000 }))),
        inDoubt: fc.boolean(),
      }),
      { selector: (a) => a.agentId },
    ),
    hooked: fc.uniqueArray(
      fc.record({
        agentId: fc.integer().map((n) => `h${n}`),
        beadId: fc.integer().map((n) => `k${n}`),
        rigId: rig,
        role,
        gate,
        failures: fc.nat(9),
        notBeforeMs: fc.nat(60_000),
        agentNotBeforeMs: fc.nat(60_000),
        hasOthers: fc.boolean(),
        isBarred: fc.constant(false),
        inTrouble: fc.boolean(),
      }),
      { selector: (h) => h.agentId },
    ),
    landable: fc.uniqueArray(
      fc.record({ beadId: fc.integer().map((n) => `l${n}`), rigId: rig, failures: fc.nat(9), gate: fc.constant(null) }),
      {
        selector: (b) => b.beadId,
      },
    ),
  })
  .map(aTown);

test("no plan uses an agent twice or starts a bead twice, and planning is pure", () => {
  fc.assert(
    fc.property(towns, (town) => {
      const before = structuredClone(town);
      const plan = actionsOf(town);
      const dispatches = plan.filter((action) => action.type === "dispatch_agent");
      expect(new Set(dispatches.map(({ agentId }) => agentId)).size).toBe(dispatches.length);
      const free = dispatches.filter(({ agentId }) => agentId.startsWith("a"));
      expect(new Set(free.map(({ beadId }) => beadId)).size).toBe(free.length);
      for (const { agentId, beadId } of dispatches)
        expect(town.idle.find((agent) => agent.agentId === agentId)?.bars.map(({ bead }) => bead) ?? []).not.toContain(
          beadId,
        );
      expect(actionsOf(town)).toEqual(plan);
      expect(town).toEqual(before);

      const begins = plan.filter(({ type }) => type === "dispatch_agent" || type === "land_bead").length;
      expect(begins).toBeLessThanOrEqual(Math.min(town.startsLeft, town.hosts.probes ?? begins));
      expect(dispatches.length).toBeLessThanOrEqual(town.hosts.start);
      expect(begins - dispatches.length).toBeLessThanOrEqual(town.hosts.landing);
      expect(dispatches.length).toBeLessThanOrEqual(town.room.town);
      const hands = new Map([...town.idle, ...town.hooked].map((agent) => [agent.agentId, agent]));
      const gated = new Set([...town.ready, ...town.hooked].filter(({ gate }) => gate).map(({ beadId }) => beadId));
      for (const [rigId, cap] of town.room.rigs)
        expect(dispatches.filter(({ agentId }) => hands.get(agentId)?.rigId === rigId).length).toBeLessThanOrEqual(cap);
      for (const [name, cap] of town.room.roles)
        expect(dispatches.filter(({ agentId }) => hands.get(agentId)?.role === name).length).toBeLessThanOrEqual(cap);
      for (const { beadId } of dispatches) expect(gated).not.toContain(beadId);
    }),
  );
});

test("rigs take turns: a thousand beads of one don't make the single bead of another wait", () => {
  const many = Array.from({ length: 50 }, (_, n) => ready1(`b${n}`, "r1"));
  const town = aTown({
    startsLeft: 1,
    ready: [...many, ready1("c1", "r2")],
    idle: [idle1("a1", "r1"), idle1("a2", "r2")],
    served: new Map([
      ["r1", 7],
      ["r2", 3],
    ]),
  });
  expect(actionsOf(town)).toEqual([{ type: "dispatch_agent", agentId: "a2", beadId: "c1" }]);
});

test("a role at its cap is passed over for another, and what is refused says by which gate", () => {
  const roles = new Map([["senior", 0]]);
  const town = aTown({
    ready: [ready1("b1"), ready1("b2")],
    idle: [idle1("a1", "r1", "senior"), idle1("a2", "r1", "worker")],
    room: { town: 9, rigs: new Map(), roles },
  });
  const plan = planTown(town);
  expect(plan.actions).toEqual([{ type: "dispatch_agent", agentId: "a2", beadId: "b1" }]);
  expect(plan.refused).toMatchObject([{ action: { beadId: "b2" }, gate: { name: "role_cap" } }]);
});

test("paths meet where one is, holds, or lies within the other", () => {
  expect(overlapping(["src/db"], ["src/db/schema.ts"])).toBe("src/db");
  expect(overlapping(["a.ts", "src/db/*.ts"], ["src/db"])).toBe("src/db/*.ts");
  expect(overlapping(["src/db"], ["src/dbx", "docs"])).toBeNull();
  expect(overlapping([], ["src"])).toBeNull();
});

test("of a rig whose branches are declined as many runs begin as may find out, and no landing waits for that", () => {
  const failure = { kind: "rig_trouble" as const, code: "push_failed", message: "no", atMs: 0 };
  const trouble = { failure, sinceMs: 0, times: 3, fence: 1, beads: [], landsOn: null, untilMs: null };
  const town = aTown({
    hooked: [{ agentId: "h1", beadId: "b1", rigId: "r1", notBeforeMs: 0, ...well }],
    ready: [ready1("b2"), ready1("b3"), ready1("c1", "r2")],
    idle: [idle1("a2"), idle1("a3"), idle1("a4", "r2")],
    landable: [{ beadId: "b4", rigId: "r1", failures: 0, gate: null }],
    pushes: new Map([["r1", { left: 1, trouble }]]),
  });
  const begun = actionsOf(town).flatMap((action) => ("beadId" in action ? [action.beadId] : []));
  expect(begun).toEqual(["b1", "b4", "c1"]);
  expect(actionsOf({ ...town, pushes: new Map([["r1", { left: 0, trouble }]]) })).toEqual([
    { type: "land_bead", beadId: "b4" },
    { type: "dispatch_agent", agentId: "a4", beadId: "c1" },
  ]);
});
