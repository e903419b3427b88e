/** A town's health as anybody outside sees it, and what is on record of it. */
import { expect, test } from "vitest";
import { ago, at, busyTown, health, hearLog, patch, promptHealth, words } from "./health-scene.ts";
import { call, json } from "./http.ts";
import {
  alarm,
  anAgent,
  armedAt,
  asked,
  aTown,
  beads,
  failed,
  quiet,
  reports,
  rows,
  tamper,
  timePasses,
} from "./town.ts";

hearLog();

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

test("asleep with nothing due is never stale, however long", async () => {
  const town = await aTown();
  await tamper(town, "UPDATE town SET poll_started_at_ms = 1, poll_completed_at_ms = 1");
  expect(await health(town)).toMatchObject({ verdict: "idle", pollStale: false, nextWakeAt: null });
  expect(await armedAt(town)).toBeNull();
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

test("a town whose pause can't be read stays paused until an operator resumes it", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await tamper(town, "UPDATE town SET paused = '{'");
  await beads(town, { title: "one" });
  await quiet(town);
  expect(await health(town)).toMatchObject({ verdict: "paused", cause: expect.stringContaining("townkeeper") });
  expect(await asked(town)).toEqual([]);
  await town.client().execute("change-town", { paused: null });
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
