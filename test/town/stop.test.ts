/** Cancel, stop and retry: durable in every state, by the fence, and never on the next run. */
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
  landed,
  quiet,
  reports,
  rows,
  type TestTown,
  tamper,
  timePasses,
  violations,
} from "./town.ts";

const cancel = (town: TestTown, bead: string, fence?: number) =>
  town.client().execute("cancel-bead", { bead, reason: "not wanted any more", fence });
const stop = (town: TestTown, agent: string, fence?: number) =>
  town.stub().stopAgent({ agent, reason: "wrong model", fence });
const retry = (town: TestTown, bead: string) => town.client().execute("retry-bead", { bead });

async function aTownWith(how: string, settings = {}): Promise<TestTown> {
  const town = await aTown({ settings });
  await anAgent(town, "ada", how);
  await beads(town, { title: "one" });
  await quiet(town);
  return town;
}

const stops = async (town: TestTown) => (await asked(town)).filter(({ how }) => how === "stop");

test("a queued bead is cancelled at once, and said twice is refused", async () => {
  const town = await aTown();
  await beads(town, { title: "one" });
  expect(await cancel(town, "lib-1")).toMatchObject({ ok: true, value: { status: "cancelled" } });
  expect(await cancel(town, "lib-1")).toMatchObject({ ok: false, problem: { code: "already_cancelled" } });
  await anAgent(town, "ada", "accept");
  await quiet(town);
  expect(await asked(town)).toEqual([]);
});

test("cancelled while it runs: the host stops just that fence, and the agent is free when the run is gone", async () => {
  const town = await aTownWith("accept");
  await reports(town, 1, heartbeat);
  await cancel(town, "lib-1");
  await quiet(town);
  expect(await stops(town)).toMatchObject([{ agent: "ada", fence: 1 }]);
  expect(await rows(town)).toMatchObject({
    agents: [{ status: "idle", beadId: null, fence: null }],
    attempts: [{ state: "stopped" }],
    beads: [{ status: "cancelled", agentId: null }],
    effects: [],
    notes: [{ kind: "cancelled", text: "not wanted any more" }],
  });
  expect(await violations(town)).toEqual([]);
});

test("until the run is gone its agent gets nothing else, its reports are fenced, and the stop is asked for again", async () => {
  const town = await aTownWith("accept+lives");
  await beads(town, { title: "two" });
  await cancel(town, "lib-1");
  await quiet(town);
  expect(await reports(town, 1, heartbeat)).toBe("fenced");
  expect(await rows(town)).toMatchObject({
    agents: [{ status: "stopping", fence: 1 }],
    attempts: [{ state: "stopping" }],
  });
  expect(await violations(town)).toEqual([]);
  await timePasses(town);
  await alarm(town);
  expect(await stops(town)).toHaveLength(2);
  // The last word of a run means that its process is gone.
  expect(await reports(town, 1, finished)).toBe("fenced");
  const after = await rows(town);
  expect(after).toMatchObject({
    attempts: [{ state: "stopped" }, { state: "running", beadId: "lib-2" }],
    beads: [{ status: "cancelled" }, {}],
  });
  expect(after.effects).toEqual([]);
  expect(after.notes.map(({ kind }) => kind)).toEqual(["cancelled", "refused_report"]);
});

test("a host out of reach can't keep an agent for ever: the lease ends the run on both sides", async () => {
  const town = await aTownWith("accept+cut", { leaseMs: 300, heartbeatMs: 100 });
  await cancel(town, "lib-1");
  await quiet(town);
  expect(await rows(town)).toMatchObject({ agents: [{ status: "stopping" }] });
  await expect
    .poll(
      async () => {
        await alarm(town);
        return (await rows(town)).agents[0]?.status;
      },
      { timeout: 10_000 },
    )
    .toBe("idle");
  expect((await rows(town)).effects).toEqual([]);
});

test("cancelled while its start is on the way: whatever the host answers, it is stopped", async () => {
  const town = await aTownWith("accept");
  // The claim and its effect as they stand before the host has answered.
  const slow = await aTown({ settings: { startDeadlineMs: 60_000 } });
  await anAgent(slow, "ada", "hang");
  await beads(slow, { title: "one" });
  expect(await rows(slow)).toMatchObject({
    attempts: [{ state: "starting" }],
    effects: [{ action: "dispatch_agent" }],
  });
  await cancel(slow, "lib-1");
  await expect.poll(async () => (await rows(slow)).attempts[0]?.state, { timeout: 10_000 }).toBe("stopped");
  expect(await stops(slow)).toMatchObject([{ fence: 1 }]);
  expect(await rows(slow)).toMatchObject({
    agents: [{ status: "idle" }],
    beads: [{ status: "cancelled" }],
    effects: [],
  });
  expect(await violations(town)).toEqual([]);
});

test("cancelled while it waits out a backoff: the hook is free, and a late start is fenced", async () => {
  const town = await aTownWith("reject");
  await cancel(town, "lib-1");
  expect(await rows(town)).toMatchObject({
    agents: [{ status: "idle", beadId: null }],
    beads: [{ status: "cancelled" }],
  });
  expect(await reports(town, 1, heartbeat)).toBe("fenced");
});

test("cancelled while it lands: the landing is fenced, unless it is on the remote already", async () => {
  const town = await aTownWith("accept");
  await reports(town, 1, finished);
  await cancel(town, "lib-1");
  expect(await reports(town, 2, heartbeat)).toBe("fenced");
  expect(await rows(town)).toMatchObject({ beads: [{ status: "cancelled" }], attempts: [{}, { state: "stopped" }] });
  expect(await reports(town, 2, landed)).toBe("ok");
  expect(await rows(town)).toMatchObject({ beads: [{ status: "closed" }], attempts: [{}, { state: "finished" }] });
  expect(await violations(town)).toEqual([]);
});

test("a landing that reached the remote closes its bead even after a cancel and a retry", async () => {
  const town = await aTownWith("accept");
  await reports(town, 1, finished);
  await town.client().execute("cancel-bead", { bead: "lib-1", reason: "no" });
  await tamper(town, "UPDATE agents SET not_before_ms = 9e15"); // nobody takes it up at once
  await retry(town, "lib-1");
  expect(await rows(town)).toMatchObject({ beads: [{ status: "open" }] });
  expect(await reports(town, 2, landed)).toBe("ok");
  expect(await rows(town)).toMatchObject({ beads: [{ status: "closed" }] });
  expect(await violations(town)).toEqual([]);
});

test("a command that names a fence never hits the next run", async () => {
  const town = await aTownWith("accept");
  await reports(town, 1, failed("lost"));
  await timePasses(town);
  await alarm(town);
  expect(await rows(town)).toMatchObject({ agents: [{ status: "working", fence: 2 }] });
  expect(await stop(town, "ada", 1)).toMatchObject({ ok: false, problem: { code: "fence_passed" } });
  expect(await cancel(town, "lib-1", 1)).toMatchObject({ ok: false, problem: { code: "fence_passed" } });
  expect(await stop(town, "ada", 2)).toMatchObject({ ok: true, value: { status: "stopping" } });
  await quiet(town);
  expect(await stops(town)).toMatchObject([{ fence: 2 }]);
});

test("a stopped agent's bead goes back to the queue without blame, and an idle agent can't be stopped", async () => {
  const town = await aTownWith("accept");
  await stop(town, "ada");
  await quiet(town);
  expect(await rows(town)).toMatchObject({ agents: [{ status: "idle" }], beads: [{ status: "open", failures: 0 }] });
  expect(await stop(town, "ada")).toMatchObject({ ok: false, problem: { code: "nothing_to_stop" } });
  await timePasses(town);
  await alarm(town);
  expect(await rows(town)).toMatchObject({ attempts: [{ state: "stopped" }, { fence: 2, state: "running" }] });
});

test("a parked bead keeps its evidence, and one verb brings it back with a whole budget", async () => {
  const town = await aTownWith("accept", { agentFailureBudget: 1 });
  await reports(town, 1, failed());
  expect(await rows(town)).toMatchObject({ beads: [{ status: "failed", failures: 1 }] });
  expect(await retry(town, "lib-1")).toMatchObject({ ok: true, value: { status: "open", failures: 0 } });
  await quiet(town);
  expect(await rows(town)).toMatchObject({ attempts: [{ state: "failed" }, { fence: 2, state: "running" }] });
  expect((await rows(town)).notes.map(({ kind }) => kind)).toEqual(["agent_failed", "parked", "retried"]);
  expect(await retry(town, "lib-1")).toMatchObject({ ok: false, problem: { code: "nothing_to_retry" } });
});

test("a cancelled bead that comes back waits until its old run is gone", async () => {
  const town = await aTownWith("accept+lives");
  await anAgent(town, "bob", "accept");
  await cancel(town, "lib-1");
  await retry(town, "lib-1");
  await quiet(town);
  expect((await rows(town)).attempts).toMatchObject([{ state: "stopping" }]);
  await reports(town, 1, failed("lost"));
  expect((await rows(town)).attempts).toMatchObject([{ state: "stopped" }, { fence: 2, state: "running" }]);
  expect(await violations(town)).toEqual([]);
});
