/** A town's health as anybody outside sees it, and what is on record of it. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { call, json } from "./http.ts";
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
  keepsEverything,
  landed,
  openGate,
  quiet,
  reports,
  rows,
  type TestTown,
  tamper,
  timePasses,
  violations,
} from "./town.ts";

/** Health answers within 100 ms; ten times that is what a busy machine is granted. */
const SOON_MS = 1_000;

let lines: string[] = [];
beforeEach(() => {
  lines = [];
  for (const level of ["info", "error"] as const)
    vi.spyOn(console, level).mockImplementation((...parts) => void lines.push(parts.join(" ")));
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** The first words of what the operator's log said of this town, in order. */
const words = ({ name }: TestTown) => {
  const own = lines.filter((line) => line.startsWith(`[${name}] `));
  return own.map((line) => line.slice(name.length + 3).split(/[: ]/)[0]);
};

const at = ({ name }: TestTown, path = "") => `/v1/towns/${name}${path}`;
const get = async (town: TestTown, path: string) => json(await call("GET", at(town, path)));
const patch = async (town: TestTown, path: string, body: unknown) => {
  const answer = await json(await call("PATCH", at(town, path), body));
  await quiet(town);
  return answer;
};
const health = (town: TestTown) => get(town, "/health");
const incidents = async (town: TestTown) => (await get(town, "/incidents")).items;

/** Health, and that it came soon. */
async function promptHealth(town: TestTown) {
  const before = performance.now();
  const answer = await health(town);
  expect(performance.now() - before).toBeLessThan(SOON_MS);
  return answer;
}

const looks = (town: TestTown) => town.stub().watched("detect");

/** Agents that do as they are told, and beads for them. What fails is not tried again within the test, unless time passes. */
async function busyTown(how: string, agents = 1, titles = agents): Promise<TestTown> {
  const town = await aTown({ settings: { backoffBaseMs: 60_000 } });
  for (let n = 1; n <= agents; n++) await anAgent(town, `agent-${n}`, how);
  if (titles > 0) await beads(town, ...Array.from({ length: titles }, (_, n) => ({ title: `bead ${n + 1}` })));
  return town;
}

const ago = (ms: number) => Date.now() - ms;

test("a new town is idle: it has never ticked, nothing is due, and nothing is wrong", async () => {
  await call("POST", "/v1/towns", { name: "new-town" });
  const answer = await json(await call("GET", "/v1/towns/new-town/health"));
  expect(answer).toMatchObject({
    status: 200,
    verdict: "idle",
    axis: null,
    since: null,
    cause: null,
    hint: null,
    evidence: {},
    incident: null,
    banner: null,
    pollStale: false,
    pollStaleThresholdMs: 120_000,
    readyUnassignedBeads: 0,
    availableAgents: 0,
    hasStuckQueue: false,
    nextWakeAt: null,
  });
  expect(Date.parse(answer.computedAt)).toBeGreaterThan(ago(60_000));
  for (const field of ["lastPollStartedAt", "lastPollCompletedAt", "lastPollSucceededAt"])
    expect(answer).not.toHaveProperty(field);
  expect(JSON.stringify(answer)).not.toMatch(/AtMs|sinceMs/);
});

test("a busy town is healthy, and says when it last ticked and wakes next", async () => {
  const town = await busyTown("accept", 2, 3);
  await quiet(town);
  const answer = await health(town);
  expect(answer).toMatchObject({
    verdict: "healthy",
    pollStale: false,
    readyUnassignedBeads: 1,
    availableAgents: 0,
    hasStuckQueue: false,
    liveAttempts: 2,
    banner: null,
  });
  for (const time of [answer.lastPollStartedAt, answer.lastPollCompletedAt, answer.lastPollSucceededAt])
    expect(Date.parse(time)).toBeGreaterThan(ago(60_000));
  expect(Date.parse(answer.nextWakeAt)).toBe(await armedAt(town));
  expect(words(town)).toEqual([]);
});

test("the threshold follows the settings, at once", async () => {
  const town = await aTown();
  expect(await health(town)).toMatchObject({ pollStaleThresholdMs: 120_000 });
  await patch(town, "", { settings: { heartbeatMs: 1_000 } });
  expect(await health(town)).toMatchObject({ pollStaleThresholdMs: 60_000 });
  await patch(town, "", { settings: { pollStaleThresholdMs: 45_000 } });
  expect(await health(town)).toMatchObject({ pollStaleThresholdMs: 45_000 });
  await patch(town, "", { settings: { pollStaleThresholdMs: 1 } });
  expect(await health(town)).toMatchObject({ pollStaleThresholdMs: 20_000 });
});

test("an agent of another role, another rig, or with a bead on the hook is not available", async () => {
  const town = await busyTown("refuse");
  await quiet(town);
  await call("POST", at(town, "/rigs"), { id: "app", repoUrl: "/repos/app.git" });
  await anAgent(town, "elsewhere", "accept", { rig: "app" });
  await anAgent(town, "merger", "accept", { role: "merger" });
  expect(await health(town)).toMatchObject({ availableAgents: 1, hasStuckQueue: false });
});

test("a tick that hangs in flight: health answers all the same, says stalled once, and recovers once", async () => {
  const town = await busyTown("slow");
  await expect.poll(async () => (await asked(town)).length).toBe(1);
  expect(await promptHealth(town)).toMatchObject({ verdict: "healthy", pollStale: false });
  const startedAtMs = ago(125_000);
  await tamper(town, "UPDATE town SET poll_started_at_ms = ?, poll_completed_at_ms = ?", startedAtMs, startedAtMs - 1);
  const stalled = await promptHealth(town);
  expect(stalled).toMatchObject({
    verdict: "stalled",
    axis: "ticking",
    pollStale: true,
    since: new Date(startedAtMs).toISOString(),
    evidence: { inFlight: true, phase: "effects", effect: "dispatch_agent", agent: "agent-1", bead: "lib-1", fence: 1 },
    banner: { level: "red", text: expect.stringContaining("for over 2 minutes.") },
  });
  await looks(town);
  await looks(town);
  expect(await incidents(town)).toMatchObject([{ kind: "stale", closedAt: null, evidence: { inFlight: true } }]);
  const noticed = await health(town);
  expect(noticed).toMatchObject({ verdict: "stalled", incident: 1, banner: { key: stalled.banner.key } });
  await openGate(town);
  await quiet(town);
  expect(await health(town)).toMatchObject({ verdict: "healthy", pollStale: false, banner: null });
  expect(await incidents(town)).toMatchObject([{ kind: "stale", healedBy: "the loop itself" }]);
  expect((await incidents(town))[0].closedAt).not.toBeNull();
  expect(words(town)).toEqual(["STALE", "RECOVERED"]);
  expect(await violations(town)).toEqual([]);
});

test("an alarm that hangs on the disk: health answers all the same, and calls it late, then stalled", async () => {
  const town = await busyTown("refuse");
  await quiet(town);
  const disk = Promise.withResolvers<void>();
  await runInDurableObject(town.stub(), (_town, state) => {
    vi.spyOn(state.storage, "sync").mockImplementation(() => disk.promise);
  });
  const ringing = runDurableObjectAlarm(town.stub());
  await tamper(town, "UPDATE town SET next_wake_at_ms = ?", ago(6_000));
  expect(await promptHealth(town)).toMatchObject({ verdict: "late", axis: "ticking", pollStale: false });
  await tamper(town, "UPDATE town SET next_wake_at_ms = ?", ago(121_000));
  expect(await promptHealth(town)).toMatchObject({
    verdict: "stalled",
    pollStale: true,
    evidence: { inFlight: false },
    banner: { level: "red" },
  });
  await looks(town);
  expect(words(town)).toEqual(["STALE"]);
  disk.resolve();
  await ringing;
  await quiet(town);
  expect(await health(town)).toMatchObject({ verdict: "healthy", pollStale: false });
  expect(words(town)).toEqual(["STALE", "RECOVERED"]);
});

test("a tick that is overdue and was never begun is put on record by the tick that comes at last", async () => {
  const town = await busyTown("accept");
  await quiet(town);
  await tamper(town, "UPDATE town SET next_wake_at_ms = ?", ago(121_000));
  await alarm(town);
  expect(words(town)).toEqual(["STALE", "RECOVERED"]);
  expect(await incidents(town)).toMatchObject([{ kind: "stale", evidence: { inFlight: false } }]);
  expect(await health(town)).toMatchObject({ verdict: "healthy", incident: null });
});

test("asleep with nothing due is never stale, however long", async () => {
  const town = await aTown();
  await tamper(town, "UPDATE town SET poll_started_at_ms = 1, poll_completed_at_ms = 1");
  expect(await health(town)).toMatchObject({ verdict: "idle", pollStale: false, nextWakeAt: null });
  expect(await armedAt(town)).toBeNull();
});

test("ready beads and only disabled agents: stuck, said once with the count and what to do; enabled, resumed once", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  expect(await patch(town, "/agents/ada", { enabled: false })).toMatchObject({ status: "idle", enabled: false });
  await beads(town, { title: "one" }, { title: "two" });
  for (let n = 0; n < 5; n++) await json(await call("POST", at(town, "/reconcile")));
  expect(await health(town)).toMatchObject({
    verdict: "starved",
    axis: "productive",
    hasStuckQueue: true,
    readyUnassignedBeads: 2,
    availableAgents: 0,
    evidence: { rig: "lib", ready: 2, agents: 1 },
    hint: expect.stringMatching(/enable/),
    banner: { level: "amber", text: expect.stringContaining("2 beads ready, no available agents.") },
  });
  const [incident] = await incidents(town);
  expect(incident).toMatchObject({ kind: "stuck", closedAt: null, cause: expect.stringContaining("2 beads") });
  expect(words(town)).toEqual(["STUCK"]);
  expect(lines).toContainEqual(expect.stringMatching(/STUCK: 2 beads .*enable/));
  expect(await asked(town)).toEqual([]);

  await patch(town, "/agents/ada", { enabled: true });
  expect(await health(town)).toMatchObject({ verdict: "healthy", hasStuckQueue: false, banner: null });
  expect(words(town)).toEqual(["STUCK", "RESUMED"]);
  expect(await incidents(town)).toMatchObject([{ kind: "stuck", closedAt: expect.any(String) }]);
});

test("an agent in trouble is news when it waits long, and again when a run of it has ended, not at each of its tries", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  const coolsDown = (ms: number) =>
    tamper(
      town,
      `UPDATE agents SET status = 'idle', troubles = troubles + 1, trouble = '{"kind":"provider_limited"}', not_before_ms = ?`,
      Date.now() + ms,
    );
  await coolsDown(60_000);
  await beads(town, { title: "one" });
  expect(words(town)).toEqual([]); // back within a minute
  for (const _try of [1, 2, 3]) {
    await coolsDown(3_600_000);
    await call("POST", at(town, "/reconcile"));
    await coolsDown(10_000);
    await call("POST", at(town, "/reconcile"));
  }
  expect(words(town)).toEqual(["STUCK"]);
  await tamper(town, "UPDATE agents SET troubles = 0, not_before_ms = 0");
  await call("POST", at(town, "/reconcile"));
  await quiet(town);
  expect(words(town)).toEqual(["STUCK", "RESUMED"]);
});

test("the only agent can't log in: that is said at once, with its own words, and once", async () => {
  const town = await busyTown("accept");
  await quiet(town);
  await reports(town, 1, failed("auth"));
  await quiet(town);
  expect(await health(town)).toMatchObject({
    verdict: "starved",
    hasStuckQueue: true,
    cause: "1 bead of rig lib ready, no available agents: agent-1: the agent exited with code 1",
  });
  await timePasses(town);
  await call("POST", at(town, "/reconcile"));
  await quiet(town);
  await reports(town, 2, failed("auth"));
  expect(words(town)).toEqual(["STUCK"]);
  await timePasses(town);
  await call("POST", at(town, "/reconcile"));
  await quiet(town);
  await reports(town, 3, finished);
  expect(words(town)).toEqual(["STUCK", "RESUMED"]);
});

test.each<[string, (town: TestTown) => Promise<unknown>]>([
  ["brings more work", (town) => beads(town, { title: "another" })],
  ["changes something else", (town) => call("PATCH", at(town), { settings: { startsPerMinute: 100 } })],
])("an incident that was over when somebody %s was ended by nobody", async (_what, act) => {
  const town = await busyTown("accept");
  await quiet(town);
  await reports(town, 1, failed("auth"));
  await tamper(town, "UPDATE agents SET troubles = 0, trouble = NULL, not_before_ms = 0, doubts = NULL");
  await act(town);
  expect(await incidents(town)).toMatchObject([{ kind: "stuck", healedBy: "the loop itself" }]);
});

test("an incident that a person ended says so", async () => {
  const town = await busyTown("accept");
  await quiet(town);
  await reports(town, 1, failed("auth"));
  await call("POST", at(town, "/beads/lib-1/cancel"), { reason: "not needed" });
  expect(await incidents(town)).toMatchObject([{ kind: "stuck", healedBy: "an operator" }]);
});

test.each<[string, (town: TestTown) => Promise<unknown>]>([
  ["there are none", async () => undefined],
  [
    "they are of another rig",
    async (town) => {
      await call("POST", at(town, "/rigs"), { id: "app", repoUrl: "/repos/app.git" });
      await anAgent(town, "ada", "accept", { rig: "app" });
    },
  ],
  ["they only merge", (town) => anAgent(town, "ada", "accept", { role: "merger" })],
  [
    "they cool down",
    async (town) => {
      await anAgent(town, "ada", "accept");
      await tamper(town, "UPDATE agents SET not_before_ms = ?", Date.now() + 3_600_000);
    },
  ],
])("ready beads and no agent that counts: %s", async (_name, agents) => {
  const town = await aTown();
  await agents(town);
  await beads(town, { title: "one" });
  expect(await health(town)).toMatchObject({ verdict: "starved", hasStuckQueue: true });
  expect(words(town)).toEqual(["STUCK"]);
});

test("busy and alive is not stuck; busy but silent past its lease is", async () => {
  const town = await busyTown("accept", 1, 3);
  await quiet(town);
  expect(await health(town)).toMatchObject({ verdict: "healthy", readyUnassignedBeads: 2, hasStuckQueue: false });
  await tamper(town, "UPDATE attempts SET lease_until_ms = ?", ago(1_000));
  expect(await health(town)).toMatchObject({ readyUnassignedBeads: 2, hasStuckQueue: true });
  expect(words(town)).toEqual([]);
});

test("a bead that becomes ready by time alone finds nobody: that is noticed too", async () => {
  const town = await busyTown("accept");
  await quiet(town);
  await patch(town, "/agents/agent-1", { enabled: false });
  await reports(town, 1, failed());
  await tamper(town, "UPDATE beads SET not_before_ms = ?", Date.now() + 60_000);
  expect(await health(town)).toMatchObject({ hasStuckQueue: false });
  await timePasses(town);
  await alarm(town);
  expect(await health(town)).toMatchObject({ hasStuckQueue: true, verdict: "starved" });
  expect(words(town)).toEqual(["STUCK"]);
});

test("paused: nothing starts, nothing is alarming, nothing is repeated; resumed, all goes on", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  const until = new Date(Date.now() + 3_600_000).toISOString();
  const paused = { why: "a release", by: "ann", until };
  expect(await patch(town, "", { paused })).toMatchObject({ paused: { ...paused, since: expect.any(String) } });
  await beads(town, ...Array.from({ length: 50 }, (_, n) => ({ title: `bead ${n}` })));
  for (let n = 0; n < 5; n++) await json(await call("POST", at(town, "/reconcile")));
  expect(await asked(town)).toEqual([]);
  expect(await health(town)).toMatchObject({
    verdict: "paused",
    axis: null,
    evidence: { by: "ann", why: "a release", until },
    cause: expect.stringContaining(until),
    hint: expect.stringContaining("null"),
    pollStale: false,
    hasStuckQueue: false,
    readyUnassignedBeads: 50,
    nextWakeAt: until,
    banner: null,
  });
  // What would be stale is not, while it is paused on purpose.
  await tamper(town, "UPDATE town SET poll_started_at_ms = 2, poll_completed_at_ms = 1");
  await looks(town);
  expect(await health(town)).toMatchObject({ verdict: "paused", pollStale: false });
  await tamper(town, "UPDATE town SET poll_started_at_ms = 1");
  expect(words(town)).toEqual(["PAUSED"]);
  expect(await incidents(town)).toEqual([]);

  await patch(town, "", { paused: null });
  expect(await asked(town)).toHaveLength(1);
  expect(await health(town)).toMatchObject({ verdict: "healthy" });
  expect(words(town)).toEqual(["PAUSED", "UNPAUSED"]);
});

test("a pause ends by itself when its time comes; should no tick come to end it, that is a stall", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await patch(town, "", { paused: { why: "lunch", until: new Date(Date.now() + 3_600_000).toISOString() } });
  await beads(town, { title: "one" });
  const endedAtMs = ago(130_000);
  const pause = JSON.stringify({ by: "operator", why: "lunch", sinceMs: 1, untilMs: endedAtMs });
  await tamper(town, "UPDATE town SET paused = ?, next_wake_at_ms = ?", pause, endedAtMs);
  expect(await health(town)).toMatchObject({ verdict: "stalled", pollStale: true });
  await alarm(town);
  expect(await get(town, "")).toMatchObject({ paused: null });
  expect(await asked(town)).toHaveLength(1);
  expect(await health(town)).toMatchObject({ verdict: "healthy" });
});

test("what runs when a pause begins goes on to its end, and its landing waits", async () => {
  const town = await busyTown("accept");
  await quiet(town);
  await patch(town, "", { paused: { why: "a release" } });
  expect(await reports(town, 1, heartbeat)).toBe("ok");
  expect(await reports(town, 1, finished)).toBe("ok");
  expect(await rows(town)).toMatchObject({ beads: [{ status: "in_review" }], attempts: [{ state: "finished" }] });
  await patch(town, "", { paused: null });
  expect(await rows(town)).toMatchObject({ attempts: [{}, { kind: "landing", state: "running" }] });
});

test("draining: what runs ends and lands, and nothing new starts", async () => {
  const town = await busyTown("accept", 1, 2);
  await quiet(town);
  expect(await patch(town, "", { draining: true })).toMatchObject({ draining: true });
  expect(await health(town)).toMatchObject({ verdict: "draining", evidence: { live: 1 }, hasStuckQueue: false });
  await reports(town, 1, finished);
  expect(await rows(town)).toMatchObject({ attempts: [{}, { kind: "landing", state: "running" }] });
  await reports(town, 2, landed);
  await alarm(town);
  expect(await rows(town)).toMatchObject({ beads: [{ status: "closed" }, { status: "open" }] });
  expect((await asked(town)).map(({ agent }) => agent)).toEqual(["agent-1", null]);
  expect(await health(town)).toMatchObject({ verdict: "draining", evidence: { live: 0 }, banner: null });
  await patch(town, "", { draining: false });
  expect(await rows(town)).toMatchObject({ beads: [{ status: "closed" }, { status: "in_progress" }] });
  expect(words(town)).toEqual(["DRAINING", "NO"]);
});

test("a disabled agent finishes what it does, and gets nothing else", async () => {
  const town = await busyTown("accept", 1, 2);
  await quiet(town);
  await patch(town, "/agents/agent-1", { enabled: false });
  expect(await reports(town, 1, heartbeat)).toBe("ok");
  expect(await reports(town, 1, finished)).toBe("ok");
  expect(await rows(town)).toMatchObject({
    agents: [{ status: "idle", enabled: false }],
    beads: [{ status: "in_review" }, { status: "open" }],
  });
});

/** A bug of ours on one bead: whatever would begin it throws. */
const breaks = (town: TestTown, bead: string) =>
  tamper(
    town,
    `CREATE TRIGGER broken BEFORE UPDATE ON beads WHEN NEW.id = '${bead}' AND NEW.status = 'in_progress'
      BEGIN SELECT RAISE(ABORT, 'this bead is cursed'); END`,
  );

/** As if what is held back had waited long enough. */
const letsGo = (town: TestTown) =>
  tamper(
    town,
    `UPDATE town SET repeats = (SELECT json_group_object(key, json_set(value, '$.notBeforeMs', ?)) FROM json_each(repeats))`,
    ago(1),
  );

test("an action that fails each time: the others go on, it waits longer and longer, and is named as spinning", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await breaks(town, "lib-1");
  await beads(town, { title: "cursed", priority: 0 }, { title: "fine" });
  await quiet(town);
  expect((await asked(town)).map(({ bead }) => bead)).toEqual(["lib-2"]);
  await anAgent(town, "bob", "accept");
  expect(await health(town)).toMatchObject({ verdict: "healthy" });
  // Held back from the first time on: no tick tries it again before its time.
  for (let n = 0; n < 5; n++) await json(await call("POST", at(town, "/reconcile")));
  expect(Object.values((await rows(town)).town?.repeats ?? {})).toMatchObject([{ times: 1 }]);
  const waits: number[] = [];
  for (let times = 2; times <= 6; times++) {
    await letsGo(town);
    const beforeMs = Date.now();
    await alarm(town);
    const [entry] = Object.values((await rows(town)).town?.repeats ?? {});
    expect(entry?.times).toBe(times);
    waits.push((entry?.notBeforeMs ?? 0) - beforeMs);
    expect(await health(town)).toMatchObject({ verdict: times >= 5 ? "spinning" : "healthy" });
  }
  expect(waits.at(-1)).toBeGreaterThan(15_000);
  expect(await health(town)).toMatchObject({
    axis: "converging",
    evidence: { action: "dispatch_agent", target: "lib-1", times: 6, why: expect.stringContaining("cursed") },
    cause: expect.stringContaining("lib-1"),
  });
  expect(words(town)).toEqual(["SPINNING"]);
  expect(await incidents(town)).toMatchObject([{ kind: "spinning", closedAt: null }]);

  // Hundreds of heartbeats are ticks too, and make nobody forget.
  await tamper(town, "UPDATE town SET ticks = ticks + 500");
  expect(await reports(town, 1, heartbeat)).toBe("ok");
  expect(await health(town)).toMatchObject({ verdict: "spinning" });
  expect((await asked(town)).map(({ bead }) => bead)).toEqual(["lib-2"]);

  await tamper(town, "DROP TRIGGER broken");
  await letsGo(town);
  await alarm(town);
  expect((await asked(town)).map(({ bead }) => bead)).toEqual(["lib-2", "lib-1"]);
  expect(await health(town)).toMatchObject({ verdict: "healthy" });
  expect(words(town)).toEqual(["SPINNING", "SETTLED"]);
});

test("what spun and is not tried any more is over, also in a town that sleeps", async () => {
  const town = await aTown({ settings: keepsEverything });
  await anAgent(town, "ada", "accept");
  await breaks(town, "lib-1");
  await beads(town, { title: "cursed" });
  for (let times = 2; times <= 5; times++) {
    await letsGo(town);
    await alarm(town);
  }
  expect(await health(town)).toMatchObject({ verdict: "spinning" });
  await json(await call("POST", at(town, "/beads/lib-1/cancel"), { reason: "cursed" }));
  // It has a wake for that: when it was held back, and five minutes after.
  expect(await armedAt(town)).toBeLessThan(Date.now() + 60_000);
  await tamper(
    town,
    `UPDATE town SET repeats = (SELECT json_group_object(key, json_set(value, '$.notBeforeMs', ?)) FROM json_each(repeats))`,
    ago(10 * 60_000),
  );
  await alarm(town);
  expect(await health(town)).toMatchObject({ verdict: "idle", nextWakeAt: null });
  expect(await armedAt(town)).toBeNull();
  expect(words(town)).toEqual(["SPINNING", "SETTLED"]);
});

test("a bead whose start is refused again and again is named as spinning, and said once", async () => {
  const town = await busyTown("refuse");
  await quiet(town);
  for (let n = 0; n < 6; n++) {
    await timePasses(town);
    await alarm(town);
  }
  expect(await health(town)).toMatchObject({
    verdict: "spinning",
    evidence: { target: "lib-1", failure: { code: "drill" } },
    cause: expect.stringContaining("not today"),
    hint: expect.stringContaining("/beads/lib-1/retry"),
  });
  expect(words(town)).toEqual(["SPINNING"]);
});

test("ticks that fail are told once as a streak, and once when they succeed again; each leaves its error", async () => {
  const town = await busyTown("accept");
  await quiet(town);
  await tamper(town, "ALTER TABLE effects RENAME TO away");
  for (let n = 0; n < 6; n++) await alarm(town);
  expect(await health(town)).toMatchObject({
    verdict: "spinning",
    axis: "converging",
    errorStreak: 6,
    lastError: expect.stringMatching(/no such table/),
    pollStale: false,
  });
  const { items } = await get(town, "/ticks?limit=2");
  expect(items).toMatchObject([{ error: expect.stringMatching(/no such table/) }, {}]);
  const { lastPollCompletedAt, lastPollSucceededAt } = await health(town);
  expect(Date.parse(lastPollCompletedAt)).toBeGreaterThanOrEqual(Date.parse(lastPollSucceededAt));
  await tamper(town, "ALTER TABLE away RENAME TO effects");
  await alarm(town);
  expect(await health(town)).toMatchObject({ verdict: "healthy", errorStreak: 0, lastError: null });
  expect(words(town)).toEqual(["FAILING", "SUCCEEDING"]);
  expect(await incidents(town)).toMatchObject([{ kind: "failing", closedAt: expect.any(String) }]);
});

test("work and hands beside each other and nothing started for five minutes: starved, with the gate, said once", async () => {
  const town = await aTown({ settings: { startsPerMinute: 1 } });
  await anAgent(town, "ada", "accept");
  await anAgent(town, "bob", "accept");
  await beads(town, { title: "one" }, { title: "two" });
  await quiet(town);
  await json(await call("POST", at(town, "/reconcile")));
  expect((await rows(town)).town?.starvingSinceMs).toBeGreaterThan(ago(60_000));
  expect(await health(town)).toMatchObject({ verdict: "healthy" });
  await tamper(town, "UPDATE town SET starving_since_ms = ?", ago(5 * 60_000));
  await alarm(town);
  expect(await health(town)).toMatchObject({
    verdict: "starved",
    axis: "productive",
    evidence: { gate: "starts_per_minute", ready: 1, free: 1 },
    hasStuckQueue: false,
    banner: null,
  });
  // Nothing wakes it for that any more than it would have woken.
  expect(await armedAt(town)).toBeGreaterThan(Date.now() + 10_000);
  await alarm(town);
  expect(words(town)).toEqual(["STARVED"]);
  await patch(town, "", { settings: { startsPerMinute: 100 } });
  expect(await health(town)).toMatchObject({ verdict: "healthy" });
  expect(words(town)).toEqual(["STARVED", "FED"]);
});

test("no host that joins is there: starved, and the metrics name the gate", async () => {
  const town = await aTown({ settings: { hosts: "external" } });
  await json(await call("POST", at(town, "/hosts"), { id: "box" }));
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  expect(await (await call("GET", at(town, "/metrics"))).text()).toMatch(/refused_starts\{.*gate="no_host"\} 1\n/);
  await tamper(town, "UPDATE town SET starving_since_ms = ?", ago(5 * 60_000));
  await alarm(town);
  expect(await health(town)).toMatchObject({ verdict: "starved", evidence: { gate: "no_host", ready: 1 } });
});

test("rows that nobody can read make health unknown, not silent", async () => {
  const town = await aTown();
  await tamper(town, "ALTER TABLE attempts RENAME TO away");
  const unreadable = await promptHealth(town);
  for (let n = 0; n < 3; n++) await json(await call("POST", at(town, "/reconcile")));
  expect(await health(town)).toMatchObject({ verdict: "spinning", errorStreak: 3, lastError: expect.any(String) });
  expect(unreadable).toMatchObject({
    status: 200,
    verdict: "unknown",
    evidence: { error: expect.stringMatching(/attempts/) },
    hint: expect.stringMatching(/\S/),
  });
});

test.each(["repeats", "counters"])("a town goes on while its %s can't be read", async (column) => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await tamper(town, `UPDATE town SET ${column} = '{'`);
  await beads(town, { title: "one" });
  await quiet(town);
  expect(await health(town)).toMatchObject({ verdict: "healthy" });
  expect(await asked(town)).toHaveLength(1);
});

test("a town whose pause can't be read stays paused until somebody resumes it", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await tamper(town, "UPDATE town SET paused = '{'");
  await beads(town, { title: "one" });
  await quiet(town);
  expect(await health(town)).toMatchObject({ verdict: "paused", cause: expect.stringContaining("townkeeper") });
  expect(await asked(town)).toEqual([]);
  await town.stub().change({ paused: null });
  await quiet(town);
  expect(await asked(town)).toHaveLength(1);
});

test("reconcile looks at everything again, now, and answers with the health after it", async () => {
  const town = await busyTown("accept");
  await quiet(town);
  await tamper(town, "UPDATE attempts SET lease_until_ms = ?", ago(1));
  const answer = await json(await call("POST", at(town, "/reconcile")));
  expect(answer).toMatchObject({ status: 200, verdict: "healthy", liveAttempts: 0 });
  expect(await rows(town)).toMatchObject({ attempts: [{ state: "released", failure: { kind: "lost" } }] });
});

test("the history has the ticks in which something happened: what was planned, asked and answered", async () => {
  const town = await busyTown("accept");
  await quiet(town);
  const before = (await get(town, "/ticks")).items;
  expect(await reports(town, 1, heartbeat)).toBe("ok");
  expect((await get(town, "/ticks")).items).toEqual(before);
  const dispatched = before.find(({ launched }: { launched: unknown[] }) => launched.length > 0);
  expect(dispatched).toMatchObject({
    facts: { beads_created: 1 },
    actions: [{ action: "dispatch_agent", target: "lib-1", outcome: "applied" }],
    launched: [{ action: "dispatch_agent", fence: 1 }],
    error: null,
    durationMs: expect.any(Number),
    startedAt: expect.any(String),
    completedAt: expect.any(String),
  });
  expect(dispatched.rowsRead).toBeGreaterThan(0);
  expect(dispatched.rowsWritten).toBeGreaterThan(0);
  expect(before[0]).toMatchObject({ settled: [{ action: "dispatch_agent", fence: 1, outcome: "accepted" }] });
});

test("an action that was refused is on record with the reason", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await breaks(town, "lib-1");
  await beads(town, { title: "cursed" });
  const { items } = await get(town, "/ticks?limit=1");
  expect(items[0].actions).toMatchObject([
    { target: "lib-1", outcome: "failed", why: expect.stringMatching(/cursed/) },
  ]);
});

test("ticks and incidents come in pages, newest first, each once", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  for (let n = 0; n < 3; n++) {
    await patch(town, "/agents/ada", { enabled: false });
    if (n === 0) await beads(town, { title: "one" });
    await patch(town, "/agents/ada", { enabled: true });
    await reports(town, n + 1, failed("lost"));
    await timePasses(town);
    await tamper(town, "UPDATE agents SET bead_id = NULL");
    await tamper(town, "UPDATE beads SET status = 'open', agent_id = NULL");
  }
  for (const path of ["/ticks", "/incidents"]) {
    const all = (await get(town, `${path}?limit=200`)).items;
    expect(all.length).toBeGreaterThan(2);
    const paged: unknown[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const page = await get(town, `${path}?limit=2${cursor && `&cursor=${cursor}`}`);
      expect(page.items.length).toBeLessThanOrEqual(2);
      paged.push(...page.items);
      cursor = page.nextCursor;
    }
    expect(paged).toEqual(all);
    const numbers = all.map(({ tick, id }: { tick?: number; id?: number }) => tick ?? id ?? 0);
    expect(numbers).toEqual(numbers.toSorted((a: number, b: number) => b - a));
  }
});

test("the last 500 eventful ticks are kept, whatever number of heartbeats lies between them", async () => {
  const town = await busyTown("accept");
  await quiet(town);
  const record = JSON.stringify({ latenessMs: null, facts: {}, actions: [], launched: [], settled: [], error: null });
  await tamper(
    town,
    `INSERT INTO ticks (tick, started_at_ms, completed_at_ms, record)
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 700) SELECT 100 + 10 * i, 1, 1, ? FROM n`,
    record,
  );
  await tamper(town, "UPDATE town SET ticks = 9000");
  for (let n = 0; n < 60; n++) await patch(town, "/agents/agent-1", { enabled: n % 2 === 1 });
  const kept = await runInDurableObject(town.stub(), (_town, { storage }) =>
    storage.sql.exec<{ n: number }>("SELECT count(*) AS n FROM ticks").one(),
  );
  expect(kept.n).toBeGreaterThanOrEqual(500);
  expect(kept.n).toBeLessThan(550);
});

/** Families as a scraper sees them, and that it would take them. */
function parsed(
  text: string,
): Map<string, { type: string; samples: { name: string; labels: string; value: number }[] }> {
  expect(text.endsWith("\n# EOF\n")).toBe(true);
  const families = new Map<string, { type: string; samples: { name: string; labels: string; value: number }[] }>();
  let current = "";
  for (const line of text.split("\n").slice(0, -2)) {
    const type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line);
    if (type) {
      current = type[1] as string;
      expect(families.has(current)).toBe(false); // each family stands together
      families.set(current, { type: type[2] as string, samples: [] });
      continue;
    }
    if (line.startsWith("# ")) {
      expect(line).toMatch(new RegExp(`^# (HELP|UNIT) ${current} \\S`));
      continue;
    }
    const label = String.raw`[a-z_]+="(?:[^"\\\n]|\\["\\n])*"`;
    const sample = new RegExp(String.raw`^([a-z_]+)\{(${label}(?:,${label})*)\} (-?[0-9.e+-]+)$`).exec(line);
    expect(sample, line).not.toBeNull();
    const [, name = "", labels = "", value] = sample ?? [];
    const family = families.get(current);
    const suffixes = { counter: ["_total"], gauge: [""], histogram: ["_bucket", "_count", "_sum"] }[family?.type ?? ""];
    expect(suffixes?.map((suffix) => current + suffix)).toContain(name);
    family?.samples.push({ name, labels, value: Number(value) });
  }
  return families;
}

const textOf = async (response: Response) => new TextDecoder().decode(await response.arrayBuffer());

test("metrics are OpenMetrics text that says how the town is doing", async () => {
  const town = await busyTown("accept", 1, 2);
  await quiet(town);
  await tamper(town, "UPDATE town SET next_wake_at_ms = ?", ago(2_000));
  await alarm(town);
  await reports(town, 1, finished);
  await reports(town, 3, failed());
  await patch(town, "/agents/agent-1", { enabled: false });
  await timePasses(town);
  await alarm(town);
  const answer = await call("GET", at(town, "/metrics"));
  expect(answer.headers.get("content-type")).toContain("application/openmetrics-text");
  const families = parsed(await textOf(answer));
  const value = (name: string, ...labels: string[]) =>
    families.get(`townkeeper_${name}`)?.samples.find((sample) => labels.every((label) => sample.labels.includes(label)))
      ?.value;
  expect(value("ticks")).toBe((await rows(town)).town?.ticks);
  expect(value("actions", `action="dispatch_agent"`, `outcome="applied"`)).toBe(2);
  expect(value("effects", `action="dispatch_agent"`, `outcome="accepted"`)).toBe(2);
  expect(value("attempts", `kind="run"`, `outcome="finished"`)).toBe(1);
  expect(value("attempts", `kind="run"`, `outcome="failed"`)).toBe(1);
  expect(value("queue_beads", `gate="agent"`)).toBe(1);
  expect(value("queue_beads", `gate="landing"`)).toBe(1);
  expect(value("oldest_ready_age_seconds")).toBeGreaterThanOrEqual(0);
  expect(value("incidents")).toBe(1);
  expect(value("incident_open", `kind="stuck"`)).toBe(1);
  expect(value("incident_open", `kind="stale"`)).toBe(0);
  expect(value("verdict", `verdict="starved"`)).toBe(1);
  for (const name of ["tick_lateness_seconds", "tick_duration_seconds"]) {
    const samples = families.get(`townkeeper_${name}`)?.samples ?? [];
    const buckets = samples.filter((sample) => sample.name.endsWith("_bucket")).map((sample) => sample.value);
    expect(buckets).toEqual(buckets.toSorted((a, b) => a - b));
    expect(samples.find((sample) => sample.name.endsWith("_count"))?.value).toBe(buckets.at(-1));
    expect(buckets.at(-1)).toBeGreaterThan(0);
  }
});

test("whatever a label says, it is escaped", async () => {
  const town = await aTown();
  await tamper(town, "UPDATE town SET name = ?", 'a "b" \\ c\nd');
  const text = await textOf(await call("GET", at(town, "/metrics")));
  parsed(text);
  expect(text).toContain('town="a \\"b\\" \\\\ c\\nd"');
});

test.each([
  ["PATCH", "", "{not json", 400, "invalid_json", "JSON"],
  ["PATCH", "", { pause: true }, 422, "invalid_input", "pause"],
  ["PATCH", "", { paused: true }, 422, "invalid_input", "paused"],
  ["PATCH", "", { paused: {} }, 422, "invalid_input", "paused.why"],
  ["PATCH", "", { paused: { why: " " } }, 422, "invalid_input", "paused.why"],
  ["PATCH", "", { paused: { why: "x", until: "tomorrow" } }, 422, "invalid_input", "paused.until"],
  ["PATCH", "", { paused: { why: "x", until: "2001-01-01T00:00:00Z" } }, 422, "until_passed", "2001"],
  ["PATCH", "", { draining: "yes" }, 422, "invalid_input", "draining"],
  ["PATCH", "", { settings: { heartbeatMs: 0 } }, 422, "invalid_input", "settings.heartbeatMs"],
  ["PATCH", "", { settings: { pollStaleThresholdMs: "1m" } }, 422, "invalid_input", "settings.pollStaleThresholdMs"],
  ["PATCH", "", { settings: { heartBeatMs: 1 } }, 422, "invalid_input", "heartBeatMs"],
  ["PATCH", "", { settings: { heartbeatMs: 60_000 } }, 422, "settings_contradict", "twice"],
  ["PATCH", "/agents/ada", { enabled: 1 }, 422, "invalid_input", "enabled"],
  ["PATCH", "/agents/nobody", { enabled: true }, 404, "agent_not_found", "nobody"],
  ["PATCH", "/agents/No%20One", { enabled: true }, 422, "invalid_input", "lower-case"],
  ["GET", "/incidents?limit=0", undefined, 422, "invalid_input", "limit"],
  ["GET", "/incidents?cursor=zzz", undefined, 422, "invalid_input", "nextCursor"],
  ["GET", "/incidents?kind=stuck", undefined, 422, "invalid_input", "kind"],
  ["GET", "/ticks?limit=many", undefined, 422, "invalid_input", "limit"],
  ["GET", "/ticks?cursor=c!", undefined, 422, "invalid_input", "nextCursor"],
  ["POST", "/reconcile?dryRun=yes", undefined, 422, "invalid_input", "dryRun"],
  ["POST", "/health", {}, 405, "method_not_allowed", "/health"],
] as const)("%s %s with %j is refused and says why", async (method, path, body, status, code, word) => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  const before = await rows(town);
  const response = await call(method, at(town, path), body);
  expect(response.headers.get("content-type")).toContain("application/problem+json");
  const answer = await json(response);
  expect(answer).toMatchObject({ status, code });
  expect(JSON.stringify(answer)).toContain(word);
  expect(answer.hint).toMatch(/\S/);
  const after = await rows(town);
  const told = ({ town: row, agents }: typeof after) => ({ agents, paused: row?.paused, settings: row?.settings });
  expect(told(after)).toEqual(told(before));
});

test.each(["/health", "/metrics", "/incidents", "/ticks"])("GET %s of no town says so", async (path) => {
  const response = await call("GET", `/v1/towns/nowhere${path}`);
  expect(response.headers.get("content-type")).toContain("application/problem+json");
  expect(await json(response)).toMatchObject({
    status: 404,
    code: "town_not_found",
    hint: expect.stringMatching(/\S/),
  });
});

test("a bead that waits on a hook for a host that is not there starves its town as well", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "refuse");
  await beads(town, { title: "begun once" });
  await quiet(town);
  expect((await rows(town)).agents).toMatchObject([{ status: "idle", beadId: "lib-1" }]);
  await json(await call("PATCH", at(town, ""), { settings: { hosts: "external" } }));
  await json(await call("POST", at(town, "/hosts"), { id: "box" }));
  await timePasses(town);
  await json(await call("POST", at(town, "/reconcile")));
  expect((await rows(town)).town?.starvingSinceMs).not.toBeNull();
  await tamper(town, "UPDATE town SET starving_since_ms = ?", ago(6 * 60_000));
  const { verdict, hint } = await json(await call("POST", at(town, "/reconcile")));
  expect({ verdict, hint }).toEqual({ verdict: "starved", hint: expect.stringMatching(/No host is connected/) });
  expect((await get(town, "/attention")).items).toMatchObject([
    {
      kind: "starved",
      target: { type: "rig", id: "lib" },
      verb: null,
      hint: expect.stringContaining("start the host program"),
    },
  ]);
  expect(await json(await call("DELETE", at(town, "/hosts/box")))).toMatchObject({ status: 409, code: "last_host" });
});
