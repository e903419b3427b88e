/** What bounds the tries of a bead that costs nobody its budget, and where a bead goes that comes back. */
import { expect, test } from "vitest";
import type { Told } from "../../src/protocol/reports.ts";
import { call, json } from "./http.ts";
import {
  alarm,
  anAgent,
  aTown,
  beads,
  failed,
  finished,
  quiet,
  reports,
  rows,
  type TestTown,
  tamper,
  timePasses,
  violations,
} from "./town.ts";

const attention = async ({ name }: TestTown) => json(await call("GET", `/v1/towns/${name}/attention`));

/** Nothing is due any more, so nothing but a look finds that the waiting is over. */
async function timeToTry(town: TestTown): Promise<void> {
  await timePasses(town);
  await town.stub().reconcile();
  await quiet(town);
}

const limited = (retryAfterMs: number): Told => failed("provider_limited", retryAfterMs);

test.each([0, 0.3, 1, -1, -1e300])("a provider's limit with retryAfterMs %d makes waits that rise", async (word) => {
  const town = await aTown({ held: true });
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  const waits: number[] = [];
  for (let fence = 1; fence <= 5; fence++) {
    const beforeMs = Date.now();
    expect(await reports(town, fence, limited(word))).toBe("ok");
    const untilMs = (await rows(town)).agents[0]?.doubts?.[0]?.untilMs ?? 0;
    waits.push(untilMs - beforeMs);
    expect(Number.isInteger(untilMs)).toBe(true);
    await timeToTry(town);
  }
  // Half of each step is certain, and each is twice the one before it: the third is never shorter than the first.
  for (const [n, waitMs] of waits.entries()) expect(waitMs).toBeGreaterThanOrEqual(2_500 * 2 ** n);
  expect((await attention(town)).items).toMatchObject([{ kind: "agent_trouble", evidence: { troubles: 5 } }]);
  expect((await call("GET", `/v1/towns/${town.name}/agents`)).status).toBe(200);
});

test("runs that cost no budget are bounded by the day: then the bead is parked with the evidence", async () => {
  const town = await aTown({ held: true, settings: { unpaidTriesPerDay: 3 } });
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  for (let fence = 1; fence <= 3; fence++) {
    await reports(town, fence, limited(0));
    await timeToTry(town);
  }
  expect(await rows(town)).toMatchObject({
    agents: [{ beadId: null, status: "idle" }],
    beads: [{ status: "failed", agentId: null, unpaidTries: 3, failures: 0 }],
  });
  const items = (await attention(town)).items.filter(({ kind }: { kind: string }) => kind === "parked");
  expect(items).toMatchObject([{ kind: "parked", evidence: { bead: "lib-1", unpaidTries: 3 } }]);
  await json(await call("POST", `/v1/towns/${town.name}/beads/lib-1/retry`, {}));
  expect((await rows(town)).beads[0]).toMatchObject({ status: "in_progress", unpaidTries: 0, strikes: null });
  expect(await violations(town)).toEqual([]);
});

test("the count begins anew with each day and with a success, and null unsets the bound", async () => {
  const town = await aTown({ held: true, settings: { unpaidTriesPerDay: null } });
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  await reports(town, 1, limited(0));
  await tamper(town, "UPDATE beads SET unpaid_tries = 900, unpaid_day = unpaid_day - 1");
  await timeToTry(town);
  await reports(town, 2, limited(0));
  expect((await rows(town)).beads).toMatchObject([{ status: "open", unpaidTries: 1 }]);
  await tamper(town, "UPDATE beads SET unpaid_tries = 900");
  await timeToTry(town);
  await reports(town, 3, limited(0));
  expect((await rows(town)).beads).toMatchObject([{ status: "open", unpaidTries: 901 }]);
  await timeToTry(town);
  await reports(town, 4, finished);
  expect((await rows(town)).beads).toMatchObject([{ status: "in_review", unpaidTries: 0 }]);
});

test("a start that no host takes is no run: a host that is away parks nothing", async () => {
  const town = await aTown({ held: true, settings: { unpaidTriesPerDay: 2 } });
  await anAgent(town, "ada", "refuse");
  await beads(town, { title: "one" });
  await quiet(town);
  for (let n = 0; n < 4; n++) {
    await timePasses(town);
    await alarm(town);
  }
  expect((await rows(town)).beads).toMatchObject([{ status: "in_progress", unpaidTries: 0, dispatchFailures: 5 }]);
});

test("a bead that comes back goes behind its equals that have not been tried", async () => {
  const town = await aTown({ held: true });
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" }, { title: "two", priority: 3 }, { title: "three" });
  await anAgent(town, "bob", "refuse");
  await quiet(town);
  const back = "UPDATE beads SET unpaid_tries = 1 WHERE id = 'lib-1'";
  await call("PATCH", `/v1/towns/${town.name}`, { paused: { why: "a look" } });
  await call("POST", `/v1/towns/${town.name}/agents/ada/stop`, { reason: "again" });
  await call("POST", `/v1/towns/${town.name}/agents/bob/stop`, { reason: "again" });
  await quiet(town);
  await tamper(town, back);
  await timePasses(town);
  await tamper(town, "UPDATE agents SET enabled = 0 WHERE id = 'bob'");
  await call("PATCH", `/v1/towns/${town.name}`, { paused: null });
  await quiet(town);
  expect((await rows(town)).agents[0]).toMatchObject({ id: "ada", beadId: "lib-3" });
});
