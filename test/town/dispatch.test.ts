/** How a bead gets to an agent and what is made of each end of its run. */
import { expect, test } from "vitest";
import { defaultSettings } from "../../src/lib/settings.ts";
import {
  alarm,
  anAgent,
  armedAt,
  asked,
  aTown,
  beads,
  failed,
  finished,
  heartbeat,
  landed,
  quiet,
  reports,
  rows,
  tamper,
  timePasses,
  violations,
  wakesAt,
} from "./town.ts";

test("a bead goes all the way: dispatched, run, landed, closed, and its dependent follows", async () => {
  const town = await aTown({ held: true });
  await anAgent(town, "ada", "accept");
  const [first, second] = await beads(town, { title: "one", ref: "a" }, { title: "two", dependsOn: ["a"] });
  await quiet(town);
  expect(await rows(town)).toMatchObject({ agents: [{ status: "working", beadId: first, fence: 1 }], effects: [] });

  expect(await reports(town, 1, heartbeat)).toBe("ok");
  expect(await reports(town, 1, finished)).toBe("ok");
  expect(await rows(town)).toMatchObject({
    agents: [{ status: "idle", beadId: null, fence: null }],
    beads: [
      { status: "in_review", fence: 2 },
      { status: "open", blockedBy: 1 },
    ],
  });

  expect(await reports(town, 2, landed)).toBe("ok");
  expect(await rows(town)).toMatchObject({
    agents: [{ status: "working", beadId: second, fence: 3 }],
    beads: [{ status: "closed" }, { status: "in_progress", blockedBy: 0 }],
    town: { errorStreak: 0 },
  });
  expect(await violations(town)).toEqual([]);
});

/** S4: what every failed start leaves behind, in the transaction that settles it. */
const rolledBack = (kind: string, code: string) => ({
  agents: [{ status: "idle", beadId: "lib-1", fence: null }],
  beads: [{ status: "in_progress", agentId: "ada", dispatchFailures: 1, failures: 0, lastFailure: { kind, code } }],
  attempts: [{ fence: 1, state: "released", failure: { kind, code, message: expect.stringMatching(/\S/) } }],
  effects: [],
});

test.each([
  ["returns false", "refuse", "refused", "drill"],
  ["rejects", "reject", "unreachable", "rejected"],
  ["answers what no host would say", "garbage", "unreachable", "rejected"],
  ["runs into its deadline", "hang", "timed_out", "deadline"],
])(
  "a start that %s leaves the agent idle and its bead hooked, with the failure and the next try on record",
  async (_title, how, kind, code) => {
    const town = await aTown({ held: true, settings: { startDeadlineMs: 1_000, backoffBaseMs: 60_000 } });
    await anAgent(town, "ada", how);
    await beads(town, { title: "one" });
    await quiet(town);
    const after = await rows(town);
    expect(after).toMatchObject(rolledBack(kind, code));
    expect(after.beads[0]?.notBeforeMs).toBeGreaterThan(Date.now());
    expect(await wakesAt(town)).toBe(after.beads[0]?.notBeforeMs);
    expect(await violations(town)).toEqual([]);
  },
);

test("a rolled-back bead is tried again by the same agent under a higher fence, once its backoff has passed", async () => {
  const town = await aTown({ held: true });
  await anAgent(town, "ada", "refuse");
  await beads(town, { title: "one" });
  await quiet(town);
  await alarm(town);
  expect(await asked(town)).toHaveLength(1); // too early: the stored backoff holds

  await timePasses(town);
  await alarm(town);
  expect(await asked(town)).toMatchObject([{ fence: 1 }, { fence: 2 }]);
  const {
    beads: [bead],
    attempts,
  } = await rows(town);
  expect(attempts.map(({ state }) => state)).toEqual(["released", "released"]);
  expect(bead).toMatchObject({ dispatchFailures: 2, failures: 0 });
});

test("a host that says how long it is busy is left alone that long", async () => {
  const town = await aTown({ held: true, settings: { backoffBaseMs: 10 } });
  await anAgent(town, "ada", "busy");
  await beads(town, { title: "one" });
  await quiet(town);
  expect((await rows(town)).town?.full?.untilMs).toBeGreaterThan(Date.now() + 50_000);
  expect((await rows(town)).beads[0]).toMatchObject({ dispatchFailures: 0 });
});

test("what a run prints is kept, the last of it", async () => {
  const town = await aTown({ held: true });
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  for (let piece = 1; piece <= 45; piece++) await reports(town, 1, { kind: "log", text: `piece ${piece}` });
  const log = await town.client().query("read-attempt-log", { fence: 1 });
  expect(log).toMatchObject({ ok: true, value: { bead: "lib-1", state: "running" } });
  const texts = log.ok ? log.value.pieces.map(({ text }) => text) : [];
  expect([texts.length, texts.at(0), texts.at(-1)]).toEqual([40, "piece 6", "piece 45"]);
  expect(await town.client().query("read-attempt-log", { fence: 99 })).toMatchObject({
    ok: false,
    problem: { code: "attempt_not_found" },
  });
});

test("a run that is silent past its lease is lost: its agent is idle and the bead is tried again", async () => {
  const town = await aTown({ held: true });
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  await reports(town, 1, heartbeat);
  await tamper(town, "UPDATE attempts SET lease_until_ms = 1");
  await alarm(town);
  expect(await rows(town)).toMatchObject({
    agents: [{ status: "idle", beadId: "lib-1" }],
    attempts: [{ state: "released", failure: { kind: "lost", code: "lease_expired" } }],
    beads: [{ status: "in_progress", failures: 0 }],
  });
  await timePasses(town);
  await alarm(town);
  expect(await asked(town)).toMatchObject([{ fence: 1 }, { fence: 2 }]);
});

test("a host that accepts and never runs is found out by the first lease", async () => {
  const town = await aTown({ held: true, settings: { firstLeaseMs: 200, leaseMs: 60_000 } });
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  const { attempts } = await rows(town);
  expect((attempts[0]?.leaseUntilMs ?? 0) - (attempts[0]?.acceptedAtMs ?? 0)).toBe(200);
  expect(await armedAt(town)).toBe(attempts[0]?.leaseUntilMs);
});

test("runs that fail cost the bead its budget, then park it with the evidence; what it blocks stays blocked", async () => {
  const town = await aTown({ held: true, settings: { agentFailureBudget: 2 } });
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one", ref: "a" }, { title: "two", dependsOn: ["a"] });
  await quiet(town);
  await reports(town, 1, failed());
  expect(await rows(town)).toMatchObject({
    agents: [{ status: "idle", beadId: null }],
    beads: [{ status: "open", failures: 1 }, {}],
  });
  await timePasses(town);
  await alarm(town);
  await reports(town, 2, failed());
  const after = await rows(town);
  expect(after.beads).toMatchObject([
    { status: "failed", failures: 2 },
    { status: "open", blockedBy: 1 },
  ]);
  expect(after.notes.map(({ kind }) => kind)).toEqual(["agent_failed", "agent_failed", "parked"]);
  expect(after.notes[0]?.text).toContain("boom");
  expect(await violations(town)).toEqual([]);
});

test("infrastructure failures never cost the bead its budget", async () => {
  const town = await aTown({ held: true, settings: { agentFailureBudget: 1 } });
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  for (const fence of [1, 2, 3]) {
    expect(await reports(town, fence, failed("unreachable"))).toBe("ok");
    await timePasses(town);
    await alarm(town);
  }
  expect((await rows(town)).beads).toMatchObject([{ status: "in_progress", failures: 0, dispatchFailures: 3 }]);
});

test("a bead that waits long does not hold its agent while other work is ready", async () => {
  const town = await aTown({ held: true, settings: { backoffBaseMs: 100_000 } });
  await anAgent(town, "ada", "refuse");
  const [poison] = await beads(town, { title: "poison" });
  await quiet(town);
  const [next] = await beads(town, { title: "next" });
  await quiet(town);
  expect(await asked(town)).toMatchObject([{ bead: poison }, { bead: next }]);
  expect((await rows(town)).beads[0]).toMatchObject({ status: "open", agentId: null });
  expect(await violations(town)).toEqual([]);
});

test("a hung start delays no other bead", async () => {
  const town = await aTown({ held: true, settings: { startDeadlineMs: 30_000 } });
  for (let i = 1; i <= 2; i++) await anAgent(town, `hung-${i}`, "hang");
  await beads(town, ...[1, 2].map((i) => ({ title: `hung ${i}` })));
  await anAgent(town, "swift", "accept");
  const [bead] = await beads(town, { title: "swift" });
  await expect
    .poll(async () => (await rows(town)).agents.find(({ id }) => id === "swift")?.status, { timeout: 15_000 })
    .toBe("working");
  expect((await rows(town)).beads.at(-1)).toMatchObject({ id: bead, status: "in_progress" });
});

test("never more than three starts are asked of a host at once, and the rest follow", async () => {
  const town = await aTown({
    held: true,
    settings: { startDeadlineMs: 1_000, backoffBaseMs: 60_000, breakerAfter: 100 },
  });
  for (let i = 1; i <= 8; i++) await anAgent(town, `agent-${i}`, "hang");
  await beads(town, ...[1, 2, 3, 4, 5, 6, 7, 8].map((i) => ({ title: `bead ${i}` })));
  await expect.poll(async () => (await asked(town)).length).toBe(3);
  await quiet(town);
  expect(await asked(town)).toHaveLength(8);
  expect((await rows(town)).attempts.every(({ state }) => state === "released")).toBe(true);
});

test("a sign of life leaves the alarm where it is: each move is a written row, and coming once for nothing is cheaper", async () => {
  const town = await aTown({ held: true });
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "long work" });
  await quiet(town);
  expect(await reports(town, 1, heartbeat)).toBe("ok");
  await alarm(town);
  const armed = await armedAt(town);
  expect(await reports(town, 1, heartbeat)).toBe("ok");
  expect(await armedAt(town)).toBe(armed);
  expect((armed ?? 0) - Date.now()).toBeGreaterThan(defaultSettings.firstLeaseMs);
});
