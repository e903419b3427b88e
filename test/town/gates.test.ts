/** What keeps a bead from starting, said and undone over HTTP. */
import { expect, test } from "vitest";
import { at, explain, get, post, why } from "./gates-scene.ts";
import { call, json } from "./http.ts";
import {
  alarm,
  anAgent,
  armedAt,
  asked,
  aTown,
  beads,
  finished,
  quiet,
  reports,
  rows,
  type TestTown,
  tamper,
  townNamed,
  violations,
} from "./town.ts";

const patch = async (town: TestTown, path: string, body: object) => json(await call("PATCH", at(town, path), body));

const statuses = async (town: TestTown) => (await rows(town)).beads.map(({ status }) => status);

test("booted paused: fifty wait, none starts until it is released", async () => {
  const name = `paused-${crypto.randomUUID()}`;
  expect(await json(await call("POST", "/v1/towns", { name, paused: { why: "not yet" } }))).toMatchObject({
    status: 201,
    paused: { why: "not yet", by: "operator", until: null },
  });
  await json(
    await call("POST", `/v1/towns/${name}/rigs`, { id: "lib", repoUrl: "/repos/lib.git", defaultBranch: "main" }),
  );
  const paused = townNamed(name);
  for (const id of ["ada", "bob"]) await anAgent(paused, id, "accept");
  await beads(paused, ...Array.from({ length: 50 }, (_, n) => ({ title: `bead ${n}` })));
  await alarm(paused);
  expect(await asked(paused)).toEqual([]);
  expect(await why(paused, "lib-1")).toMatchObject({
    gate: "town_paused",
    why: "the town is paused by operator: not yet",
    request: `PATCH /v1/towns/${name} {"paused":null}`,
  });
  await patch(paused, "", { paused: null });
  await quiet(paused);
  expect((await asked(paused)).length).toBe(2);
});

test("a rig or an agent is paused until a time, and goes on by itself; the others never stopped", async () => {
  const town = await aTown({ held: true });
  await post(town, "/rigs", { id: "app", repoUrl: "/repos/app.git" });
  await anAgent(town, "ada", "accept");
  await anAgent(town, "bob", "accept", { rig: "app" });
  const until = new Date(Date.now() + 60_000).toISOString();
  expect(await patch(town, "/rigs/lib", { paused: { why: "a release", until } })).toMatchObject({
    status: 200,
    paused: { why: "a release", until },
  });
  await quiet(town);
  expect(await armedAt(town)).toBe(Date.parse(until)); // though nothing else is to come
  await patch(town, "/agents/bob", { paused: { why: "lunch", by: "bob" } });
  await beads(town, { title: "one" }, { title: "two", rig: "app" });
  await quiet(town);
  expect(await statuses(town)).toEqual(["open", "open"]);
  expect(await why(town, "lib-1")).toMatchObject({ gate: "rig_paused", nextLookAt: until });
  expect(await why(town, "app-2")).toMatchObject({
    gate: "agent",
    why: expect.stringContaining("bob is paused by bob: lunch"),
    request: `PATCH /v1/towns/${town.name}/agents/bob {"paused":null}`,
  });
  expect((await rows(town)).town?.nextWakeAtMs).toBe(Date.parse(until));
  await tamper(town, "UPDATE rigs SET paused = json_set(paused, '$.untilMs', 1) WHERE paused IS NOT NULL");
  await alarm(town);
  expect(await statuses(town)).toEqual(["in_progress", "open"]);
  await patch(town, "/agents/bob", { paused: null });
  await quiet(town);
  expect(await statuses(town)).toEqual(["in_progress", "in_progress"]);
  expect(await violations(town)).toEqual([]);
});

test("caps of town, rig and role hold, and a new one counts from the next pass", async () => {
  const town = await aTown({ held: true, settings: { maxAgents: 1 } });
  for (const id of ["ada", "bob", "cyd"])
    await anAgent(town, id, "accept", { role: id === "cyd" ? "senior" : "worker" });
  await beads(town, { title: "one" }, { title: "two" }, { title: "three" }, { title: "four" });
  await quiet(town);
  expect((await asked(town)).length).toBe(1);
  expect(await why(town, "lib-2")).toMatchObject({ gate: "town_cap" });
  await patch(town, "", { settings: { maxAgents: 9, maxAgentsByRole: { worker: 1 } } });
  await quiet(town);
  expect((await asked(town)).map(({ agent }) => agent)).toEqual(["ada", "cyd"]);
  expect(await why(town, "lib-3")).toMatchObject({ gate: "role_cap", why: expect.stringContaining("worker") });
  await patch(town, "/rigs/lib", { maxAgents: 2 });
  await patch(town, "", { settings: { maxAgentsByRole: {} } });
  await quiet(town);
  expect(await why(town, "lib-3")).toMatchObject({
    gate: "rig_cap",
    request: `PATCH /v1/towns/${town.name}/rigs/lib {"maxAgents":…}`,
  });
  await patch(town, "/rigs/lib", { maxAgents: null });
  await quiet(town);
  expect((await asked(town)).length).toBe(3);
  expect(await why(town, "lib-4")).toMatchObject({ gate: "agent", why: expect.stringContaining("ada is working") });
});

test("a rig with too much to land begins nothing new, and goes on when that has landed", async () => {
  const town = await aTown({ held: true });
  await patch(town, "/rigs/lib", { maxInReview: 1 });
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" }, { title: "two" });
  await quiet(town);
  await patch(town, "/rigs/lib", { paused: { why: "no landing now" } });
  await reports(town, 1, finished);
  await patch(town, "/rigs/lib", { paused: null });
  await quiet(town);
  expect(await statuses(town)).toEqual(["in_review", "open"]);
  expect(await why(town, "lib-2")).toMatchObject({ gate: "review_cap" });
  expect(await explain(town, "lib-1")).toMatchObject({ runsAs: 2, summary: "It is landing as fence 2." });
});

test("beads that touch the same paths wait for each other, others don't, and none waits for ever", async () => {
  const town = await aTown({ held: true, settings: { overlapWaitMs: 60_000 } });
  for (const id of ["ada", "bob"]) await anAgent(town, id, "accept");
  await beads(
    town,
    { title: "one", touches: ["src/db"], priority: 0 },
    { title: "two", touches: ["src/db/schema.ts"], priority: 1 },
    { title: "three", touches: ["docs"] },
  );
  await quiet(town);
  expect(await statuses(town)).toEqual(["in_progress", "open", "in_progress"]);
  await anAgent(town, "cyd", "accept");
  await quiet(town);
  const { gate, why: reason, nextLookAt } = await why(town, "lib-2");
  expect({ gate, reason }).toEqual({ gate: "overlap", reason: "bead lib-1 is changing src/db/schema.ts" });
  expect((await rows(town)).town?.nextWakeAtMs).toBeLessThanOrEqual(Date.parse(nextLookAt));
  await tamper(town, "UPDATE attempts SET started_at_ms = started_at_ms - 60001");
  await alarm(town);
  expect(await statuses(town)).toEqual(["in_progress", "in_progress", "in_progress"]);
});

test("a day's budget is reserved before a start and stops what would go past it; a run costs what it took", async () => {
  const town = await aTown({ held: true, settings: { dayMinutes: { town: 90 } } });
  for (const id of ["ada", "bob", "cyd"]) await anAgent(town, id, "accept", { maxRunMs: 3_600_000 });
  await beads(town, { title: "one" }, { title: "two" }, { title: "three" });
  await quiet(town);
  expect((await rows(town)).attempts.map(({ chargedMs }) => chargedMs / 60_000)).toEqual([60, 30]);
  expect(await why(town, "lib-3")).toMatchObject({
    gate: "day_budget",
    why: "town has used 90 of its 90 minutes of today (UTC)",
    nextLookAt: expect.stringMatching(/T00:00:00.000Z$/),
  });
  expect((await get(town, "/health")).verdict).toBe("healthy");
  await reports(town, 1, finished);
  await quiet(town);
  expect(await statuses(town)).toEqual(["in_review", "in_progress", "in_progress"]);
  expect((await rows(town)).attempts[0]?.chargedMs).toBeLessThan(60_000);
});

test("what would happen, and what would not, without doing it", async () => {
  const town = await aTown({ held: true, settings: { maxAgents: 1 } });
  for (const id of ["ada", "bob"]) await anAgent(town, id, "accept");
  await patch(town, "", { paused: { why: "a look" } });
  await beads(town, { title: "one" }, { title: "two" });
  const dry = () => post(town, "/reconcile?dryRun=true");
  expect(await dry()).toMatchObject({
    actions: [],
    refused: [{ beadId: "lib-1", gate: "town_paused" }, { beadId: "lib-2" }],
  });
  await tamper(town, "UPDATE town SET paused = NULL");
  const before = await rows(town);
  expect(await dry()).toMatchObject({
    actions: [{ type: "dispatch_agent", agentId: "ada", beadId: "lib-1" }],
    refused: [{ type: "dispatch_agent", beadId: "lib-2", gate: "town_cap" }],
    heldBack: [],
  });
  expect(await rows(town)).toEqual(before);
  expect(await post(town, "/reconcile?dryRun=1")).toMatchObject({ status: 422, code: "invalid_input" });
  expect(await post(town, "/reconcile")).toMatchObject({ status: 200 });
  await quiet(town);
  expect((await asked(town)).length).toBe(1);
});

test("every bead says why it is where it is", async () => {
  const town = await aTown({ held: true });
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one", ref: "a" }, { title: "two", dependsOn: ["a"] }, { title: "three" });
  await quiet(town);
  expect(await explain(town, "lib-1")).toMatchObject({ runsAs: 1, summary: "It runs on ada as fence 1.", gates: [] });
  expect(await why(town, "lib-2")).toMatchObject({ gate: "blocked", why: "it waits for lib-1 (in_progress)" });
  expect(await why(town, "lib-3")).toMatchObject({ gate: "agent", request: null });
  await patch(town, "/beads/lib-3", { hold: { why: "think first", by: "ann" } });
  expect(await why(town, "lib-3")).toMatchObject({
    gate: "held",
    why: "it is held by ann: think first",
    request: `PATCH /v1/towns/${town.name}/beads/lib-3 {"hold":null}`,
  });
  await post(town, "/beads/lib-1/cancel", { reason: "no" });
  expect(await why(town, "lib-2")).toMatchObject({ request: expect.stringContaining('{"remove":["lib-1"]}') });
  expect(await explain(town, "nope-1")).toMatchObject({ status: 404, code: "bead_not_found" });
});

test.each([
  ["PATCH", "/rigs/lib", { maxAgents: 0 }, 422, "invalid_input"],
  ["PATCH", "/rigs/lib", { paused: { until: "2026-01-01T00:00:00Z", why: "x" } }, 422, "until_passed"],
  ["PATCH", "/rigs/nope", { paused: null }, 404, "rig_not_found"],
  ["PATCH", "/agents/ada", { paused: "yes" }, 422, "invalid_input"],
  ["PATCH", "", { settings: { dayMinutes: { bead: 0 } } }, 422, "invalid_input"],
  ["POST", "/providers/Acme!/retry", undefined, 422, "invalid_input"],
])("%s %s %j is refused with %i %s", async (method, path, body, status, code) => {
  const town = await aTown({ held: true });
  await anAgent(town, "ada", "accept");
  expect(await json(await call(method, at(town, path), body))).toMatchObject({ status, code });
});
