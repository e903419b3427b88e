/** What tools say that is no bead's fault, or that nobody knows. */
import { expect, test } from "vitest";
import type { Told } from "../../src/protocol/reports.ts";
import { call, json } from "./http.ts";
import {
  alarm,
  anAgent,
  asked,
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
const unknown = (message: string): Told => ({ ...failed("agent_failed"), code: "unknown_error", message }) as Told;

test("an error that nobody knows stops its agent after three beads in a row, and not the backlog", async () => {
  const town = await aTown({ settings: { backoffBaseMs: 600_000, backoffCapMs: 600_000 } });
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" }, { title: "two" }, { title: "three" }, { title: "four" });
  await quiet(town);
  for (const fence of [1, 2, 3])
    expect(await reports(town, fence, unknown(`it broke in 0x${fence}f at request r-${fence}7`))).toBe("ok");
  const after = await rows(town);
  expect(after.agents).toMatchObject([
    { status: "idle", troubles: 1, trouble: { kind: "refused", code: "unknown_error" } },
  ]);
  expect(after.beads.map(({ failures }) => failures)).toEqual([1, 1, 0, 0]);
  expect(await asked(town)).toHaveLength(3);
  expect(await reports(town, 3, unknown("it broke in 0x3f at request r-37"))).toBe("duplicate");
  expect((await attention(town)).items.map(({ kind }: { kind: string }) => kind)).toContain("agent_trouble");
  // Tried again in a while, it is the same still, and still no bead's.
  await timePasses(town);
  await alarm(town);
  await reports(town, 4, unknown("it broke in 0x4f at request r-47"));
  expect((await rows(town)).agents).toMatchObject([{ troubles: 2, trouble: { code: "unknown_error" } }]);
  expect((await rows(town)).beads.map(({ failures }) => failures)).toEqual([1, 1, 0, 0]);
  // Mended, it goes on as ever.
  await timePasses(town);
  await alarm(town);
  await reports(town, 5, finished);
  expect((await rows(town)).agents[0]).toMatchObject({ troubles: 0, trouble: null });
  expect(await violations(town)).toEqual([]);
});

test("different errors in a row, or one bead that meets the same again and again, are not the agent's", async () => {
  const town = await aTown({ settings: { backoffBaseMs: 1, backoffCapMs: 1, agentFailureBudget: 5 } });
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  for (const fence of [1, 2, 3]) {
    await reports(town, fence, unknown("it broke"));
    await timePasses(town);
    await alarm(town);
  }
  expect(await rows(town)).toMatchObject({ agents: [{ trouble: null }], beads: [{ failures: 3 }] });
  await tamper(town, "UPDATE beads SET failures = 0");
  await beads(town, { title: "two", priority: 0 }, { title: "three", priority: 0 });
  for (const [fence, words] of [
    [4, "it broke"],
    [5, "no such option"],
    [6, "it broke"],
  ] as const) {
    await reports(town, fence, unknown(words));
    await alarm(town);
  }
  expect((await rows(town)).agents).toMatchObject([{ trouble: null }]);
});

/** Ends what runs: those of this agent with code 1 at once, all others well. @returns how often it began something */
async function rounds(town: TestTown, sick: string, times: number): Promise<number> {
  let begun = 0;
  for (let round = 0; round < times; round++) {
    const { attempts } = await rows(town);
    for (const { fence, agentId } of attempts.filter(({ kind, endedAtMs }) => kind === "run" && endedAtMs === null)) {
      if (agentId === sick) begun++;
      await reports(town, fence, agentId === sick ? failed() : finished);
    }
    await alarm(town);
  }
  return begun;
}

test("an agent that exits with 1 at once on bead after bead, beside one that does well, is stopped at the third, and the backlog keeps its tries", async () => {
  const town = await aTown({
    settings: { backoffBaseMs: 600_000, backoffCapMs: 600_000, startsPerMinute: 10_000, maxInReviewPerRig: 100 },
  });
  for (const id of ["sick", "well"]) await anAgent(town, id, "accept");
  await beads(town, ...Array.from({ length: 10 }, (_, n) => ({ title: `bead ${n + 1}` })));
  await quiet(town);
  expect(await rounds(town, "sick", 5)).toBe(3);
  expect((await rows(town)).beads.map(({ failures }) => failures)).toEqual([1, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
  await tamper(town, "UPDATE beads SET not_before_ms = 1 WHERE not_before_ms > 0");
  expect(await rounds(town, "sick", 12)).toBe(0);
  const after = await rows(town);
  expect(after.agents).toMatchObject([
    { id: "sick", troubles: 1, trouble: { kind: "refused", code: "exit_code" } },
    { id: "well", troubles: 0 },
  ]);
  expect(after.agents[0]?.trouble?.message).toMatch(
    /^the agent exited with code 1 \(so ended its runs of lib-\d+, lib-\d+, lib-\d+\)$/,
  );
  expect(after.beads.filter(({ status }) => status === "in_review" || status === "closed")).toHaveLength(10);
  expect((await attention(town)).items).toMatchObject([{ kind: "agent_trouble", target: { id: "sick" } }]);
  // What it meets when it is tried again is its own at once, and one run that does well ends it.
  await beads(town, ...Array.from({ length: 4 }, (_, n) => ({ title: `more ${n + 1}` })));
  for (const [told, troubles] of [
    [failed(), 2],
    [finished, 0],
  ] as const) {
    await timePasses(town);
    await alarm(town);
    const run = (await rows(town)).attempts.find(({ agentId, endedAtMs }) => agentId === "sick" && endedAtMs === null);
    await reports(town, run?.fence ?? 0, told);
    expect((await rows(town)).agents[0]).toMatchObject({ troubles });
  }
  expect(await violations(town)).toEqual([]);
});

test("beads that a well agent ends so as well, and runs that went on for a while, are no agent's trouble", async () => {
  const town = await aTown({ settings: { backoffBaseMs: 600_000, backoffCapMs: 600_000, startsPerMinute: 10_000 } });
  for (const id of ["ada", "bob"]) await anAgent(town, id, "accept");
  await beads(town, ...Array.from({ length: 12 }, (_, n) => ({ title: `bead ${n + 1}` })));
  await quiet(town);
  const fenceOf = async (agent: string) =>
    (await rows(town)).attempts.find(({ agentId, endedAtMs }) => agentId === agent && endedAtMs === null)?.fence ?? 0;
  await reports(town, await fenceOf("ada"), failed());
  await reports(town, await fenceOf("bob"), finished);
  await reports(town, await fenceOf("bob"), failed());
  for (let n = 0; n < 3; n++) await reports(town, await fenceOf("ada"), failed());
  expect((await rows(town)).agents).toMatchObject([{ trouble: null }, { trouble: null }]);
  await reports(town, await fenceOf("ada"), finished);
  for (let n = 0; n < 3; n++) {
    await tamper(town, "UPDATE attempts SET accepted_at_ms = accepted_at_ms - 60000 WHERE ended_at_ms IS NULL");
    await reports(town, await fenceOf("ada"), failed());
  }
  expect((await rows(town)).agents).toMatchObject([{ trouble: null }, { trouble: null }]);
});

const DAY_MS = 86_400_000;

test("a provider reaches its weekly limit amid twenty beads: no bead pays a try, one item tells it, and at the reset work goes on by itself", async () => {
  const town = await aTown({ settings: { startsPerMinute: 10_000 } });
  const names = ["ada", "bob", "cyd", "dan"];
  for (const id of names) await anAgent(town, id, "accept", { provider: "acme" });
  await beads(town, ...Array.from({ length: 20 }, (_, n) => ({ title: `bead ${n + 1}` })));
  await quiet(town);
  const live = async () =>
    (await rows(town)).attempts.filter(({ kind, endedAtMs }) => kind === "run" && endedAtMs === null);
  for (const { fence } of (await live()).slice(0, 2)) await reports(town, fence, finished);
  await alarm(town);
  const resetMs = 5 * DAY_MS;
  const limit: Told = {
    ...failed("provider_limited", resetMs),
    code: "provider_limited",
    message: "weekly limit reached",
  } as Told;
  // Whoever is at work meets it, and whoever begins meanwhile.
  for (let round = 0; round < 6; round++) for (const { fence } of await live()) await reports(town, fence, limit);
  const begun = (await asked(town)).length;
  expect(await live()).toEqual([]);
  expect((await rows(town)).beads.map(({ failures }) => failures)).toEqual(Array(20).fill(0));
  expect((await rows(town)).beads.filter(({ status }) => status === "failed")).toEqual([]);
  expect((await attention(town)).items).toHaveLength(1);
  const openMs = Math.min(...(await rows(town)).agents.map(({ notBeforeMs }) => notBeforeMs));
  expect(openMs - Date.now()).toBeGreaterThan(resetMs - 60_000);
  expect((await rows(town)).town?.nextWakeAtMs ?? 0).toBeGreaterThan(0);
  await alarm(town);
  expect(await asked(town)).toHaveLength(begun);
  await timePasses(town);
  await tamper(town, "UPDATE providers SET not_before_ms = 1");
  await alarm(town);
  await quiet(town);
  // At first as few as it takes to see whether it is open, then all.
  for (let round = 0; round < 30 && (await live()).length > 0; round++) {
    for (const { fence } of await live()) await reports(town, fence, finished);
    await timePasses(town);
    await alarm(town);
  }
  const after = await rows(town);
  expect(after.beads.filter(({ status }) => status === "in_review" || status === "closed")).toHaveLength(20);
  expect(after.beads.map(({ failures }) => failures)).toEqual(Array(20).fill(0));
  expect((await attention(town)).items).toEqual([]);
  expect(await violations(town)).toEqual([]);
});

test("a limit of one model is no trouble of those with another, though they share a provider", async () => {
  const town = await aTown();
  for (const id of ["ada", "bob"]) await anAgent(town, id, "accept", { provider: "acme" });
  await beads(town, { title: "one" }, { title: "two" }, { title: "three" });
  await quiet(town);
  const ofModel = { ...failed("provider_limited", DAY_MS), code: "model_limited", message: "the Opus limit" } as Told;
  const [first] = (await rows(town)).attempts;
  await reports(town, first?.fence ?? 0, ofModel);
  const after = await rows(town);
  expect(after.agents).toMatchObject([
    { troubles: 1, trouble: { code: "model_limited" } },
    { troubles: 0, status: "working" },
  ]);
  expect(after.agents[0]?.notBeforeMs).toBeGreaterThan(Date.now() + DAY_MS - 60_000);
  expect(after.beads.map(({ failures }) => failures)).toEqual([0, 0, 0]);
  expect((await attention(town)).items).toMatchObject([{ kind: "agent_trouble", evidence: { agent: "ada" } }]);
});
