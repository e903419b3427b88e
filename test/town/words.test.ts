/** One word for one thing, and one meaning for a number. */
import { expect, test } from "vitest";
import { defaultSettings, settingsFields } from "../../src/lib/settings.ts";
import { call, json } from "./http.ts";
import { anAgent, aTown, beads, failed, quiet, reports, rows, type TestTown, tamper } from "./town.ts";

const at = ({ name }: TestTown, path: string) => `/v1/towns/${name}${path}`;
const get = async (town: TestTown, path: string) => json(await call("GET", at(town, path)));
const patch = async (town: TestTown, body: object) => json(await call("PATCH", at(town, ""), body));

test("every cap is unset with null", async () => {
  const town = await aTown();
  const caps = {
    maxAgents: 3,
    maxAgentsPerRig: 2,
    dayMinutes: { bead: 5, town: 9 },
    maxAgentsByRole: { worker: 1, other: 2 },
  };
  const defaults = { startsPerMinute: 120, maxInReviewPerRig: 20, breakerAfter: 5, reworkBudget: 3 };
  await patch(town, {
    settings: { ...caps, startsPerMinute: 7, maxInReviewPerRig: 1, breakerAfter: 2, reworkBudget: 9 },
  });
  expect((await get(town, "")).settings).toMatchObject(caps);
  await patch(town, { settings: { dayMinutes: { bead: null, town: 4 }, maxAgentsByRole: { worker: null, other: 2 } } });
  expect((await get(town, "")).settings).toMatchObject({ dayMinutes: { town: 4 }, maxAgentsByRole: { other: 2 } });
  const all = {
    maxAgents: null,
    maxAgentsPerRig: null,
    dayMinutes: null,
    maxAgentsByRole: null,
    unpaidTriesPerDay: null,
  };
  const none = { startsPerMinute: null, maxInReviewPerRig: null, breakerAfter: null, reworkBudget: null };
  expect(await patch(town, { settings: { ...all, ...none } })).toMatchObject({ status: 200 });
  const { settings } = await get(town, "");
  expect(settings).toMatchObject({ dayMinutes: {}, maxAgentsByRole: {}, unpaidTriesPerDay: null, ...defaults });
  expect(settings).not.toHaveProperty("maxAgents");
  expect(settings).not.toHaveProperty("maxAgentsPerRig");
});

test("whatever setting there is has its default again by null, unless null is a value of it", async () => {
  const town = await aTown();
  const fresh = (await get(town, "")).settings;
  const other = {
    ...{ startDeadlineMs: 9_000, firstLeaseMs: 9_000, leaseMs: 90_000, heartbeatMs: 9_000, backoffBaseMs: 9_000 },
    ...{ backoffCapMs: 9_000, hosts: "external", providerWaitMs: 9_000, overlapWaitMs: 9_000, branchPrefix: "bots/" },
    ...{ limitMarginMs: 9_000, stall: { nudgeMs: null }, stallByRole: { worker: {} }, retention: { days: 3 } },
  };
  expect(await patch(town, { settings: other })).toMatchObject({ status: 200, settings: other });
  const none = Object.fromEntries(Object.keys(settingsFields.shape).map((name) => [name, null]));
  expect(await patch(town, { settings: none })).toMatchObject({ status: 200 });
  expect((await get(town, "")).settings).toEqual({ ...defaultSettings, unpaidTriesPerDay: null });
  expect((await get(town, "")).settings).toMatchObject({ retention: fresh.retention });
});

test("what was refused has not happened: it leaves no tick", async () => {
  const town = await aTown();
  await beads(town, { title: "one" });
  const before = (await get(town, "/ticks")).items.length;
  expect(await json(await call("POST", at(town, "/beads/lib-1/retry"), {}))).toMatchObject({ status: 409 });
  expect(await json(await call("POST", at(town, "/beads/nope-1/cancel"), { reason: "no" }))).toMatchObject({
    status: 404,
  });
  expect((await get(town, "/ticks")).items).toHaveLength(before);
});

test("a bead that something else keeps waits for nobody's turn", async () => {
  const town = await aTown();
  await beads(town, { title: "one" });
  const { gates } = await get(town, "/beads/lib-1/explain");
  const shut = gates.filter(({ ok }: { ok: boolean }) => !ok).map(({ gate }: { gate: string }) => gate);
  expect(shut).toEqual(["agent"]);
});

test("parked is one state, whichever word asks for it", async () => {
  const town = await aTown({ settings: { agentFailureBudget: 1 } });
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  await reports(town, 1, failed());
  for (const word of ["parked", "failed"])
    expect((await get(town, `/beads?status=${word}`)).items).toMatchObject([{ id: "lib-1" }]);
});

test("a budget of three is three tries, of runs and of landings", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" }, { title: "two" });
  await quiet(town);
  await tamper(town, "UPDATE beads SET failures = 2 WHERE id = 'lib-1'");
  await reports(town, 1, failed());
  expect((await rows(town)).beads[0]).toMatchObject({ status: "failed", failures: 3 });
  const { fence = 0 } = (await rows(town)).attempts.find(({ beadId }) => beadId === "lib-2") ?? {};
  await tamper(town, "UPDATE beads SET reworks = 2 WHERE id = 'lib-2'");
  await reports(town, fence, { kind: "finished", head: "a".repeat(40), outputTail: "" });
  const landing = (await rows(town)).attempts.find(({ kind }) => kind === "landing")?.fence ?? 0;
  await reports(town, landing, { kind: "rejected", code: "conflict", message: "both changed", outputTail: "" });
  expect((await rows(town)).beads[1]).toMatchObject({ status: "failed", reworks: 3 });
});
