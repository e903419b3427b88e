/** What holds of every plan, whatever the town. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { overlapping } from "../../src/lib/paths.ts";
import { planTown } from "../../src/reconciler/plan.ts";
import { actionsOf, aTown, idle1, ready1, role, well } from "./snapshots.ts";

const rig = fc.constantFrom("r1", "r2", "r3");

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
      brokenHost: fc.constant(null),
      full: fc.constantFrom(null, { why: "it is full", untilMs: 9_000 }),
    }),
    runsLeft: fc.record({ town: fc.nat(10), rigs: left(["r1", "r2"]), roles: left(["worker", "senior"]) }),
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
      expect(dispatches.length).toBeLessThanOrEqual(town.runsLeft.town);
      const hands = new Map([...town.idle, ...town.hooked].map((agent) => [agent.agentId, agent]));
      const gated = new Set([...town.ready, ...town.hooked].filter(({ gate }) => gate).map(({ beadId }) => beadId));
      for (const [rigId, cap] of town.runsLeft.rigs)
        expect(dispatches.filter(({ agentId }) => hands.get(agentId)?.rigId === rigId).length).toBeLessThanOrEqual(cap);
      for (const [name, cap] of town.runsLeft.roles)
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
    runsLeft: { town: 9, rigs: new Map(), roles },
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
  const trouble = {
    failure,
    sinceMs: 0,
    times: 3,
    waits: 3,
    fence: 1,
    beads: [],
    landsOn: null,
    untilMs: null,
    rests: null,
    restsFence: 0,
  };
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
