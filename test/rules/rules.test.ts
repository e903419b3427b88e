import { expect, test } from "vitest";
import { Allowance } from "../../src/reconciler/allowance.ts";
import { LONG_BACKOFF_MS } from "../../src/reconciler/limits.ts";
import { planTown } from "../../src/reconciler/plan.ts";
import type { Rule } from "../../src/reconciler/rule.ts";
import { dispatchReadyBeads } from "../../src/reconciler/rules/dispatch-ready-beads.ts";
import { landReviewedBeads } from "../../src/reconciler/rules/land-reviewed-beads.ts";
import { releaseLongHooks } from "../../src/reconciler/rules/release-long-hooks.ts";
import { retryHookedBeads } from "../../src/reconciler/rules/retry-hooked-beads.ts";
import type { Idle, Snapshot } from "../../src/reconciler/types.ts";
import { actionsOf, aTown, idle1, ready1, well } from "./snapshots.ts";

const planned = (rule: Rule, town: Snapshot) => rule.plan(town, new Allowance(town));

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

test("what may land begins to, the first of each rig before the second of any", () => {
  const landable = [
    { beadId: "b1", rigId: "r1", failures: 0, gate: null },
    { beadId: "b2", rigId: "r1", failures: 0, gate: null },
    { beadId: "b3", rigId: "r2", failures: 0, gate: null },
  ];
  expect(
    planned(landReviewedBeads, aTown({ landable })).map((action) => action.type === "land_bead" && action.beadId),
  ).toEqual(["b1", "b3", "b2"]);
});

test.each([null, 1])(
  "a landing that has no slot takes the last start of the minute from nobody (probes: %s)",
  (probes) => {
    const town = aTown({
      startsLeft: 1,
      hosts: { start: 1, landing: 0, probes, untilMs: null, broken: null, brokenHost: null, full: null },
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
