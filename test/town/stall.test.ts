/** Runs that live and don't move: nudged, shown to a person, stopped and tried again. */
import { expect, test } from "vitest";
import type { Settings } from "../../src/lib/settings.ts";
import { call, json } from "./http.ts";
import {
  alarm,
  anAgent,
  asked,
  aTown,
  beads,
  crash,
  failed,
  finished,
  heartbeat,
  quiet,
  reports,
  rows,
  type TestTown,
  tamper,
  timePasses,
  violations,
  wakesAt,
} from "./town.ts";

const MINUTE = 60_000;
const patch = async (town: TestTown, settings: unknown) =>
  json(await call("PATCH", `/v1/towns/${town.name}`, { settings }));

async function aRun(how = "accept", settings: Partial<Settings> = {}, role = "worker"): Promise<TestTown> {
  const town = await aTown({ settings });
  await anAgent(town, "ada", how, { role, maxRunMs: 24 * 60 * MINUTE });
  await beads(town, { title: "one" });
  await quiet(town);
  await reports(town, 1, heartbeat);
  return town;
}

/** The agent has been silent for so long, and the process has lived. */
async function silentFor(town: TestTown, minutes: number, fence = 1): Promise<void> {
  await tamper(
    town,
    "UPDATE attempts SET agent_active_at_ms = ?, accepted_at_ms = ? WHERE fence = ?",
    Date.now() - minutes * MINUTE,
    Date.now() - minutes * MINUTE,
    fence,
  );
  await town.stub().reconcile();
  await quiet(town);
}

const active = (silentMs: number, sentAtMs: number | undefined = Date.now()) =>
  ({ kind: "heartbeat", agentActiveAtMs: (sentAtMs ?? Date.now()) - silentMs, sentAtMs }) as const;
const nudges = async (town: TestTown) => (await asked(town)).filter(({ how }) => how.startsWith("nudge"));
const noteKinds = async (town: TestTown) => (await rows(town)).notes.map(({ kind }) => kind);

test("silent past the first tier: it is nudged once, by its fence, and its attempt goes on", async () => {
  const town = await aRun();
  await silentFor(town, 19);
  expect(await nudges(town)).toEqual([]);
  await silentFor(town, 21);
  expect(await nudges(town)).toMatchObject([{ agent: "ada", fence: 1, how: expect.stringContaining("for 21 min") }]);
  await town.stub().reconcile();
  await silentFor(town, 22);
  expect(await nudges(town)).toHaveLength(1);
  expect(await rows(town)).toMatchObject({
    attempts: [{ state: "running", stall: 1 }],
    effects: [],
    notes: [{ kind: "nudged", text: "ada (fence 1) was nudged after 21 min of silence." }],
  });
  expect(await json(await call("GET", `/v1/towns/${town.name}/attempts`))).toMatchObject({
    items: [{ stall: 1, agentActiveAt: expect.any(String) }],
  });
  expect(await violations(town)).toEqual([]);
});

test("the loop wakes just when the next tier comes, though leases end later", async () => {
  const town = await aRun("accept", { leaseMs: 6 * 3_600_000 });
  const accepted = (await rows(town)).attempts[0]?.acceptedAtMs as number;
  await town.stub().reconcile();
  expect(await wakesAt(town)).toBe(accepted + 20 * MINUTE);
  await silentFor(town, 21);
  const since = (await rows(town)).attempts[0]?.agentActiveAtMs as number;
  expect(await wakesAt(town)).toBe(since + 45 * MINUTE);
  await patch(town, { stall: { escalateMs: null, stopMs: null } });
  expect(await wakesAt(town)).toBeGreaterThan(since + 5 * 3_600_000);
});

test("then it is escalated, once; then stopped, which costs its bead a try, and tried again when it is gone", async () => {
  const town = await aRun("accept+lives");
  await silentFor(town, 46);
  await silentFor(town, 50);
  expect(await noteKinds(town)).toEqual(["escalated"]);
  await silentFor(town, 121);
  expect(await rows(town)).toMatchObject({
    agents: [{ status: "stopping", beadId: null }],
    attempts: [{ state: "stopping", stall: 3, failure: { kind: "agent_failed", code: "stalled" } }],
    beads: [
      { status: "open", failures: 1, lastFailure: { code: "stalled", message: expect.stringMatching(/2 h 1 min/) } },
    ],
  });
  expect((await asked(town)).filter(({ how }) => how === "stop")).toMatchObject([{ fence: 1 }]);
  expect(await reports(town, 1, active(0))).toBe("fenced");
  await tamper(town, "UPDATE beads SET not_before_ms = 1");
  await town.stub().reconcile();
  expect((await rows(town)).attempts).toHaveLength(1); // never beside the run that is being stopped
  expect(await reports(town, 1, finished)).toBe("fenced");
  await timePasses(town);
  await alarm(town);
  expect(await rows(town)).toMatchObject({
    attempts: [{ state: "stopped" }, { fence: 2, state: "running", stall: 0 }],
    beads: [{ status: "in_progress" }],
  });
  expect(await violations(town)).toEqual([]);
});

test("a bead on which every run stands still is parked", async () => {
  const town = await aRun("accept", { agentFailureBudget: 2 });
  await silentFor(town, 130);
  await timePasses(town);
  await alarm(town);
  await silentFor(town, 130, 2);
  expect(await rows(town)).toMatchObject({
    attempts: [{ state: "stopped" }, { state: "stopped" }],
    beads: [{ status: "failed", failures: 2 }],
  });
  expect(await noteKinds(town)).toEqual(["stalled", "stalled", "parked"]);
});

test("an agent that does something falls back to no tier, and a later silence is nudged anew", async () => {
  const town = await aRun();
  await silentFor(town, 50);
  await reports(town, 1, active(50 * MINUTE)); // as silent as before: the process lives, that is all
  expect((await rows(town)).attempts).toMatchObject([{ stall: 2 }]);
  await reports(town, 1, active(50 * MINUTE - 30_000)); // as silent, in a message that was slow
  expect((await rows(town)).attempts).toMatchObject([{ stall: 2 }]);
  await reports(town, 1, active(1_000));
  expect((await rows(town)).attempts).toMatchObject([{ stall: 0 }]);
  await silentFor(town, 25);
  expect(await nudges(town)).toHaveLength(1);
  expect((await rows(town)).attempts).toMatchObject([{ state: "running", stall: 1 }]);
  await reports(town, 1, { kind: "progress", message: "still here" });
  expect((await rows(town)).attempts).toMatchObject([{ stall: 0 }]);
});

test("what a late or doubled heartbeat says of an agent changes nothing that is known better", async () => {
  const town = await aRun();
  await reports(town, 1, active(1_000));
  const known = (await rows(town)).attempts[0]?.agentActiveAtMs;
  await reports(town, 1, active(90 * MINUTE));
  expect((await rows(town)).attempts[0]?.agentActiveAtMs).toBe(known);
  expect(await nudges(town)).toEqual([]);
});

test("a host whose clock is hours off is believed its silences, not its times", async () => {
  const town = await aRun();
  for (const offMs of [-5 * 3_600_000, 5 * 3_600_000]) {
    await reports(town, 1, active(2_000, Date.now() + offMs));
    const { agentActiveAtMs } = (await rows(town)).attempts[0] ?? {};
    expect(Math.abs(Date.now() - (agentActiveAtMs ?? 0))).toBeLessThan(20_000);
  }
  // A host of an older release says when, and no more: never later than now.
  await reports(town, 1, { kind: "heartbeat", agentActiveAtMs: Date.now() + 9 * 3_600_000 });
  expect((await rows(town)).attempts[0]?.agentActiveAtMs).toBeLessThanOrEqual(Date.now());
});

test("a clock that goes back takes the agent's along, so nobody's silence begins anew", async () => {
  const town = await aRun();
  await silentFor(town, 15);
  await tamper(
    town,
    "UPDATE attempts SET agent_active_at_ms = agent_active_at_ms + 3600000, lease_until_ms = lease_until_ms + 3600000",
  );
  await tamper(town, "UPDATE town SET clock_ms = clock_ms + 3600000");
  await town.stub().reconcile();
  const since = (await rows(town)).attempts[0]?.agentActiveAtMs ?? 0;
  expect(Math.round((Date.now() - since) / MINUTE)).toBe(15);
});

test.each(["accept+cut", "accept+old"])("a nudge that fails (%s) is a note, and harms nobody", async (how) => {
  const town = await aRun(how);
  await silentFor(town, 21);
  expect(await rows(town)).toMatchObject({
    agents: [{ status: "working", fence: 1 }],
    attempts: [{ state: "running", stall: 1, failure: null }],
    beads: [{ dispatchFailures: 0, lastFailure: null }],
    effects: [],
    notes: [{ kind: "nudged", text: expect.stringContaining("could not be nudged") }],
  });
  await silentFor(town, 30);
  expect(await nudges(town)).toHaveLength(1);
});

test("a nudge that meets no run says nothing: its last word is on its way", async () => {
  const town = await aRun("accept+gone");
  await silentFor(town, 21);
  expect(await nudges(town)).toHaveLength(1);
  expect(await rows(town)).toMatchObject({ attempts: [{ state: "running" }], notes: [], effects: [] });
});

test("a nudge whose row can't be read is dropped, and its run goes on", async () => {
  const town = await aRun();
  await tamper(town, "UPDATE attempts SET stall = 1");
  await tamper(
    town,
    "INSERT INTO effects (action, payload, fence, tries, due_at_ms) VALUES ('nudge_run', '{', 1, 0, 1)",
  );
  await town.stub().reconcile();
  await quiet(town);
  expect(await rows(town)).toMatchObject({ attempts: [{ state: "running" }], effects: [] });
});

test("a town that dies while a nudge is in flight says it again under the same id; a run that is over is told nothing", async () => {
  const town = await aRun();
  await silentFor(town, 21);
  const [first] = await nudges(town);
  const payload = JSON.stringify({ agentId: "ada", fence: 1, sinceMs: Number(first?.bead.split(".")[2]) });
  const left = () =>
    tamper(
      town,
      "INSERT INTO effects (action, payload, fence, tries, due_at_ms) VALUES ('nudge_run', ?, 1, 1, 1)",
      payload,
    );
  await left();
  await crash(town);
  await town.stub().reconcile();
  await quiet(town);
  const said = await nudges(town);
  expect(said.map(({ bead }) => bead)).toEqual([first?.bead, first?.bead]);
  await left();
  await reports(town, 1, failed());
  expect(await nudges(town)).toHaveLength(2);
  expect((await rows(town)).effects.filter(({ action }) => action === "nudge_run")).toEqual([]);
});

test("tiers are the role's where it has its own, and null leaves one out", async () => {
  const settings = { stallByRole: { builder: { nudgeMs: null, stopMs: null } } } as unknown as Partial<Settings>;
  const town = await aRun("accept", settings, "builder");
  await silentFor(town, 44);
  expect(await rows(town)).toMatchObject({ attempts: [{ stall: 0 }], notes: [] });
  await silentFor(town, 300);
  expect(await rows(town)).toMatchObject({
    attempts: [{ state: "running", stall: 2 }],
    notes: [{ kind: "escalated" }],
  });
});

test("tiers must rise, and who sets others is told so", async () => {
  const town = await aTown();
  expect(await patch(town, { stall: { nudgeMs: 50 * MINUTE } })).toMatchObject({
    status: 422,
    code: "stall_tiers_fall",
  });
  expect(await patch(town, { stallByRole: { builder: { stopMs: 1 } } })).toMatchObject({
    status: 422,
    detail: expect.stringContaining("stallByRole.builder"),
  });
  expect(await patch(town, { stall: { nudgeMs: 5, escalateMs: null } })).toMatchObject({
    settings: { stall: { nudgeMs: 5, escalateMs: null, stopMs: 120 * MINUTE } },
  });
  expect(
    await json(await call("POST", "/v1/towns", { name: "falling", settings: { stall: { stopMs: 1 } } })),
  ).toMatchObject({
    status: 422,
    code: "stall_tiers_fall",
  });
});
