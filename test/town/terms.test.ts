/** What a host was told holds until the attempt is over; what lasts longer than that, the town ends itself. */
import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { call, json } from "./http.ts";
import {
  alarm,
  anAgent,
  asked,
  aTown,
  beads,
  finished,
  heartbeat,
  landed,
  quiet,
  reports,
  rows,
  type TestTown,
  tamper,
  violations,
} from "./town.ts";

const attention = async ({ name }: TestTown) => json(await call("GET", `/v1/towns/${name}/attention`));

const MINUTE = 60_000;

const set = async ({ name }: TestTown, settings: unknown) =>
  json(await call("PATCH", `/v1/towns/${name}`, { settings }));

const shorter = { leaseMs: 2_000, heartbeatMs: 1_000, firstLeaseMs: 2_000 };

/** It was accepted so long ago. */
const hasLasted = (town: TestTown, minutes: number, fence: number) =>
  tamper(town, "UPDATE attempts SET accepted_at_ms = ? WHERE fence = ?", Date.now() - minutes * MINUTE, fence);

test("a town's own host need be no container, and what said so before is taken and shown as what is so", async () => {
  const town = await aTown({ settings: { hosts: "external" } });
  const shown: unknown[] = [];
  for (const hosts of ["container", "external", "own", "elsewhere"])
    shown.push((await set(town, { hosts })).settings?.hosts);
  expect(shown).toEqual(["own", "external", "own", undefined]);
  await tamper(town, "UPDATE town SET settings = json_set(settings, '$.hosts', 'container')");
  expect((await json(await call("GET", `/v1/towns/${town.name}`))).settings.hosts).toBe("own");
});

test("a shorter lease is for what begins later: a live run keeps the one its host was told", async () => {
  const town = await aTown({ held: true, settings: { hosts: "external" } });
  await anAgent(town, "ada", "accept");
  await anAgent(town, "bob", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  await reports(town, 1, heartbeat);
  expect(await set(town, shorter)).toMatchObject({ status: 200 });
  await beads(town, { title: "two" });
  await quiet(town);
  const beforeMs = Date.now();
  await reports(town, 1, heartbeat);
  await reports(town, 2, heartbeat);
  const [first, second] = (await rows(town)).attempts;
  expect(first?.leaseUntilMs).toBeGreaterThanOrEqual(beforeMs + 60_000);
  expect(second?.leaseUntilMs).toBeLessThan(beforeMs + 60_000);
  expect((await asked(town)).map(({ terms }) => terms)).toEqual([
    { leaseMs: 60_000, heartbeatMs: 12_000, limitMs: 60_000 },
    { leaseMs: 2_000, heartbeatMs: 1_000, limitMs: 60_000 },
  ]);
  expect(await violations(town)).toEqual([]);
});

test.each([
  ["external", 60_000],
  ["own", 0],
] as const)(
  "on an %s host a start in doubt is tried again after the lease it was told, whatever is set since",
  async (hosts, leastMs) => {
    const town = await aTown({ held: true, settings: { hosts, startDeadlineMs: 400 } });
    await anAgent(town, "ada", "hang");
    await beads(town, { title: "one" });
    await expect.poll(async () => (await asked(town)).length).toBe(1);
    await set(town, shorter);
    await quiet(town);
    const { attempts, beads: all } = await rows(town);
    expect(attempts).toMatchObject([{ state: "released", failure: { kind: "timed_out" } }]);
    const waitMs = (all[0]?.notBeforeMs ?? 0) - (attempts[0]?.endedAtMs ?? 0);
    expect(waitMs).toBeGreaterThanOrEqual(leastMs);
    expect(waitMs).toBeLessThan(leastMs + 10_000);
  },
);

test("a run that is called off holds its agent for the lease that its host was told", async () => {
  const town = await aTown({ held: true });
  await anAgent(town, "ada", "accept+lives");
  await beads(town, { title: "one" });
  await quiet(town);
  await reports(town, 1, heartbeat);
  await set(town, shorter);
  const beforeMs = Date.now();
  await call("POST", `/v1/towns/${town.name}/beads/lib-1/cancel`, { reason: "no" });
  await quiet(town);
  const [attempt] = (await rows(town)).attempts;
  expect(attempt).toMatchObject({ state: "stopping" });
  expect(attempt?.leaseUntilMs).toBeGreaterThanOrEqual(beforeMs + 60_000);
});

test("after a crash the host is told the same again, though settings and agent have changed", async () => {
  const town = await aTown({ held: true, settings: { startDeadlineMs: 5_000 } });
  await anAgent(town, "ada", "hang");
  await beads(town, { title: "one" });
  await expect.poll(async () => (await asked(town)).length).toBe(1);
  await set(town, shorter);
  await runInDurableObject(town.stub(), (_town, state) => state.abort("crash")).catch(() => {});
  await tamper(town, `UPDATE agents SET command = '["accept"]', max_run_ms = 5000`);
  await alarm(town);
  const [first, again] = await asked(town);
  expect(again).toMatchObject({ fence: 1, how: "accept" });
  expect(again?.terms).toEqual(first?.terms);
});

test("a row of before goes by the settings", async () => {
  const town = await aTown({ held: true });
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  await tamper(town, "UPDATE attempts SET lease_ms = NULL, heartbeat_ms = NULL, limit_ms = NULL");
  const beforeMs = Date.now();
  expect(await reports(town, 1, heartbeat)).toBe("ok");
  await hasLasted(town, 10_000, 1);
  expect(await reports(town, 1, heartbeat)).toBe("ok");
  expect((await rows(town)).attempts[0]?.leaseUntilMs).toBeGreaterThanOrEqual(beforeMs + 60_000);
});

test("a run that beats past its limit and the margin is stopped by the town, costs its bead a try, and is shown", async () => {
  const town = await aTown({ held: true, settings: { limitMarginMs: 5 * MINUTE } });
  await anAgent(town, "ada", "accept+lives");
  await beads(town, { title: "one" });
  await quiet(town);
  await reports(town, 1, heartbeat);
  await hasLasted(town, 5, 1); // its limit is a minute
  expect(await reports(town, 1, heartbeat)).toBe("ok");
  await hasLasted(town, 7, 1);
  expect(await reports(town, 1, heartbeat)).toBe("fenced");
  expect(await rows(town)).toMatchObject({
    agents: [{ status: "stopping", beadId: null }],
    attempts: [{ state: "stopping", failure: { kind: "agent_failed", code: "past_limit" } }],
    beads: [{ status: "open", failures: 1 }],
    effects: [{ action: "stop_run", fence: 1 }],
    notes: [{ kind: "agent_failed" }],
  });
  expect((await attention(town)).items).toMatchObject([
    {
      kind: "past_limit",
      what: "lib-1: the run has lasted 7 min, may take 1 min, and was not ended by its host: the town stopped it",
    },
  ]);
  expect(await violations(town)).toEqual([]);
});

test("what says nothing at its limit is ended when the margin is over, by the town's own alarm", async () => {
  const town = await aTown({ held: true, settings: { leaseMs: 60 * MINUTE } });
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  await reports(town, 1, heartbeat);
  await hasLasted(town, 22, 1);
  await town.stub().reconcile();
  await quiet(town);
  expect((await rows(town)).attempts).toMatchObject([{ state: "stopped", failure: { code: "past_limit" } }]);
});

test("a landing past its limit is ended: its rig lands the next bead, its work waits, and its heartbeat is fenced", async () => {
  const town = await aTown({ held: true, settings: { limitMarginMs: MINUTE } });
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" }, { title: "two" });
  await quiet(town);
  await reports(town, 1, finished); // 2 lands, 3 runs
  await reports(town, 3, finished);
  await reports(town, 2, heartbeat);
  await hasLasted(town, 2.5, 2); // the gate's limit is a minute, and it may run twice
  expect(await reports(town, 2, heartbeat)).toBe("ok");
  await hasLasted(town, 4, 2);
  expect(await reports(town, 2, heartbeat)).toBe("fenced");
  const { attempts, beads: all } = await rows(town);
  expect(attempts[1]).toMatchObject({ state: "stopped", failure: { kind: "timed_out", code: "past_limit" } });
  expect(attempts[3]).toMatchObject({ kind: "landing", beadId: "lib-2", state: "running" });
  expect(all[0]).toMatchObject({ status: "in_review", reworks: 0, dispatchFailures: 1 });
  expect(all[0]?.notBeforeMs).toBeGreaterThan(Date.now());
  expect((await attention(town)).items).toMatchObject([{ kind: "past_limit", evidence: { bead: "lib-1" } }]);
  // It had reached the remote after all.
  expect(await reports(town, 2, landed)).toBe("ok");
  expect((await rows(town)).beads[0]).toMatchObject({ status: "closed" });
  expect(await violations(town)).toEqual([]);
});

test("a late start that would pass a cap is refused, and what it says at its end counts", async () => {
  const town = await aTown({ held: true, settings: { maxAgents: 1 } });
  await anAgent(town, "ada", "refuse");
  await beads(town, { title: "one" });
  await quiet(town);
  await anAgent(town, "bob", "accept");
  await beads(town, { title: "two" });
  await quiet(town);
  expect((await rows(town)).attempts).toMatchObject([{ state: "released" }, { state: "running" }]);
  expect(await reports(town, 1, heartbeat)).toBe("fenced");
  expect(await reports(town, 1, heartbeat)).toBe("fenced");
  const { attempts, notes } = await rows(town);
  expect(attempts.filter(({ endedAtMs }) => endedAtMs === null)).toHaveLength(1);
  expect(notes).toMatchObject([{ beadId: "lib-1", text: expect.stringContaining("1 in the town (maxAgents)") }]);
  expect(await reports(town, 1, finished)).toBe("ok");
  expect(await violations(town)).toEqual([]);
});

test("a late start with a place to spare is adopted", async () => {
  const town = await aTown({ held: true, settings: { maxAgents: 2 } });
  await anAgent(town, "ada", "refuse");
  await beads(town, { title: "one" });
  await quiet(town);
  expect(await reports(town, 1, heartbeat)).toBe("ok");
});
