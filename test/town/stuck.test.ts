/** Work that nobody takes, and agents that can't work: said once, with what to do, and once when it is over. */
import { expect, test } from "vitest";
import { at, busyTown, health, hearLog, incidents, lines, patch, words } from "./health-scene.ts";
import { call, json } from "./http.ts";
import {
  anAgent,
  asked,
  aTown,
  beads,
  failed,
  finished,
  quiet,
  reports,
  type TestTown,
  tamper,
  timePasses,
} from "./town.ts";

hearLog();

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
  expect(words(town)).toEqual(["STUCK", "SERVED"]);
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
  expect(words(town)).toEqual(["STUCK", "SERVED"]);
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
  expect(words(town)).toEqual(["STUCK", "SERVED"]);
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

test("of several rigs that are stuck one is named from first to last, with how many others", async () => {
  const town = await aTown();
  await beads(town, { title: "one" });
  for (const rig of ["app", "web"]) {
    await call("POST", at(town, "/rigs"), { id: rig, repoUrl: `/repos/${rig}.git` });
    await beads(town, { title: "two", rig });
  }
  await call("POST", at(town, "/reconcile"));
  expect(words(town)).toEqual(["STUCK"]);
  expect(await incidents(town)).toMatchObject([
    {
      kind: "stuck",
      cause: "1 bead of rig lib ready, no available agents (and 2 other rigs likewise): it has no agents",
    },
  ]);
});
