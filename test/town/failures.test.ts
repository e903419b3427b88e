/** Each kind of failure has its own policy: what it costs, whom it concerns, how long it waits. */
import { expect, test } from "vitest";
import {
  alarm,
  anAgent,
  asked,
  aTown,
  beads,
  failed,
  finished,
  heartbeat,
  quiet,
  reports,
  rows,
  tamper,
  timePasses,
  violations,
} from "./town.ts";

test("a provider's limit keeps agent and bead apart until its reset; the bead goes to another, and pays nothing", async () => {
  const town = await aTown({ settings: { backoffBaseMs: 1 } });
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  await anAgent(town, "bob", "accept");
  const before = Date.now();
  await reports(town, 1, failed("provider_limited", 3_600_000));
  await alarm(town);
  const after = await rows(town);
  expect(after).toMatchObject({
    agents: [
      { id: "ada", status: "idle", beadId: null, trouble: { kind: "provider_limited" }, notBeforeMs: 0 },
      { id: "bob", status: "working", beadId: "lib-1" },
    ],
    beads: [{ status: "in_progress", failures: 0, dispatchFailures: 0 }],
  });
  expect(after.agents[0]?.doubts).toMatchObject([{ bead: "lib-1", agent: "ada" }]);
  expect(after.agents[0]?.doubts?.[0]?.untilMs).toBeGreaterThanOrEqual(before + 3_600_000);
  expect(await violations(town)).toEqual([]);
});

test("what one agent fails goes to another that is free, whoever comes first", async () => {
  const town = await aTown({ settings: { backoffBaseMs: 1, backoffCapMs: 1 } });
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  await anAgent(town, "bob", "accept");
  await reports(town, 1, failed("agent_failed"));
  await quiet(town);
  expect(await rows(town)).toMatchObject({
    agents: [
      { id: "ada", status: "idle" },
      { id: "bob", beadId: "lib-1" },
    ],
    beads: [{ status: "in_progress", failures: 1 }],
  });
  await reports(town, 2, failed("agent_failed"));
  await quiet(town);
  // Both have failed it: it waits for nobody.
  expect(await rows(town)).toMatchObject({ agents: [{ id: "ada", beadId: "lib-1" }, {}], beads: [{ failures: 2 }] });
});

test("alone, a limited agent tries its bead again when the limit is over; doing well ends its trouble", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  await reports(town, 1, failed("provider_limited", 3_600_000));
  await alarm(town);
  await tamper(town, "UPDATE beads SET not_before_ms = 1");
  await town.stub().reconcile();
  expect(await rows(town)).toMatchObject({ agents: [{ status: "idle", beadId: null }], attempts: [{ fence: 1 }] });
  await timePasses(town);
  await town.stub().reconcile();
  await quiet(town);
  await reports(town, 2, finished);
  expect(await rows(town)).toMatchObject({
    agents: [{ troubles: 0, trouble: null, doubts: null, notBeforeMs: 0 }],
    beads: [{ strikes: null }],
  });
});

test("wrong credentials: a second bead tells, and the agent waits longer each time, however many beads there are", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" }, { title: "two" }, { title: "three" });
  await quiet(town);
  await reports(town, 1, failed("auth"));
  expect((await asked(town)).map(({ bead }) => bead)).toEqual(["lib-1", "lib-2"]);
  await reports(town, 2, failed("auth"));
  await alarm(town);
  expect(await asked(town)).toHaveLength(2);
  const first = (await rows(town)).agents[0]?.notBeforeMs ?? 0;
  expect(first - Date.now()).toBeGreaterThan(55_000);
  await timePasses(town);
  await alarm(town);
  expect((await asked(town)).at(-1)).toMatchObject({ bead: "lib-3" });
  await reports(town, 3, failed("auth"));
  const second = (await rows(town)).agents[0]?.notBeforeMs ?? 0;
  expect(second - Date.now()).toBeGreaterThan(115_000);
});

test("on an external host a start of unknown outcome is not tried again until its run must be dead", async () => {
  const town = await aTown({ settings: { hosts: "external", leaseMs: 600_000, backoffBaseMs: 10 } });
  await anAgent(town, "ada", "reject");
  await beads(town, { title: "one" });
  await quiet(town);
  const after = await rows(town);
  expect(after).toMatchObject({
    agents: [{ status: "idle", beadId: "lib-1" }],
    attempts: [{ state: "released", failure: { kind: "unreachable" } }],
  });
  expect((after.beads[0]?.notBeforeMs ?? 0) - Date.now()).toBeGreaterThan(600_000 - 5_000);
  expect(await town.client().execute("retry-bead", { bead: "lib-1" })).toMatchObject({
    problem: { code: "run_may_be_alive" },
  });
  // The host's own word by fence is evidence: dead, so the next try is near.
  expect(await reports(town, 1, failed("lost"))).toBe("ok");
  expect((await rows(town)).beads[0]?.notBeforeMs).toBeLessThan(Date.now() + 5_000);
});

test("on an external host a late start is adopted like anywhere, and a refusal is tried again soon", async () => {
  const town = await aTown({ settings: { hosts: "external", leaseMs: 600_000 } });
  await anAgent(town, "ada", "reject");
  await anAgent(town, "bob", "refuse");
  await beads(town, { title: "one" }, { title: "two" });
  await quiet(town);
  expect(await reports(town, 1, heartbeat)).toBe("ok");
  const after = await rows(town);
  expect(after.agents).toMatchObject([{ status: "working" }, { status: "idle", beadId: "lib-2" }]);
  expect(after.beads[1]?.notBeforeMs).toBeLessThan(Date.now() + 5_000);
});

test("starts per minute are capped, urgent work first, and the rest begins when the minute is over", async () => {
  const town = await aTown({ settings: { startsPerMinute: 2 } });
  for (const id of ["a1", "a2", "a3"]) await anAgent(town, id, "accept");
  await beads(town, { title: "one", priority: 3 }, { title: "two" }, { title: "three" });
  await quiet(town);
  expect((await asked(town)).map(({ bead }) => bead)).toEqual(["lib-2", "lib-3"]);
  const { town: row } = await rows(town);
  expect(row?.nextWakeAtMs).toBeLessThan(Date.now() + 60_000);
  expect(await violations(town)).toEqual([]);
});

test("a clock that goes back an hour delays nothing by an hour", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "reject");
  await beads(town, { title: "one" });
  await quiet(town);
  // As if the last tick had seen a clock that was an hour fast.
  await tamper(town, "UPDATE town SET clock_ms = clock_ms + 3600000");
  await tamper(town, "UPDATE beads SET not_before_ms = not_before_ms + 3600000");
  await town.client().query("read-town", {});
  await alarm(town);
  expect((await rows(town)).beads[0]?.notBeforeMs).toBeLessThan(Date.now() + 10_000);
});

test("no container to be had is unreachable, by its own name, and waits as long as it says", async () => {
  const town = await aTown({ settings: { backoffBaseMs: 1 } });
  await anAgent(town, "ada", "none");
  const before = Date.now();
  await beads(town, { title: "one" });
  await quiet(town);
  const after = await rows(town);
  expect(after).toMatchObject({
    agents: [{ status: "idle", trouble: null }],
    beads: [{ status: "in_progress", failures: 0, dispatchFailures: 1 }],
    attempts: [{ state: "released", failure: { kind: "unreachable", code: "no_instance" } }],
  });
  expect(after.beads[0]?.notBeforeMs).toBeGreaterThanOrEqual(before + 20_000);
  expect(await violations(town)).toEqual([]);
});
