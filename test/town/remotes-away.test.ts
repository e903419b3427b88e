/** A remote that can't be reached: one item about its rig, which waits and looks whether it is back, while others go on. */
import { expect, test } from "vitest";
import type { Told } from "../../src/protocol/reports.ts";
import { call, json } from "./http.ts";
import { at, get, inReview, items, landing, live, ofRig, post, rig, tryAgain } from "./rig-trouble-scene.ts";
import {
  anAgent,
  aTown,
  beads,
  finished,
  heartbeat,
  quiet,
  reports,
  rows,
  type TestTown,
  tamper,
  timePasses,
  violations,
} from "./town.ts";

const ofRemote = (code: string): Told => ({
  kind: "failed",
  failure: "unreachable",
  code,
  message:
    "fatal: unable to access 'https://git.example/app.git/': Could not resolve host: git.example\nand the repository exists.",
  outputTail: "",
});

const working: Told = { kind: "heartbeat", agentActiveAtMs: 1 };

/** All runs that live end so, again and again. */
async function runsEnd(town: TestTown, told: Told, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const lives = (await rows(town)).attempts.filter(({ endedAtMs, rigId }) => endedAtMs === null && rigId === "lib");
    for (const { fence } of lives) await reports(town, fence, told);
    await timePasses(town);
    await tamper(
      town,
      "UPDATE rigs SET push_trouble = json_set(push_trouble, '$.untilMs', 1) WHERE json_extract(push_trouble, '$.untilMs') IS NOT NULL",
    );
    await town.stub().reconcile();
    await quiet(town);
  }
}

test("a remote that can't be reached is one item about its rig, whatever waits there, until one run has reached it", async () => {
  const town = await aTown();
  await post(town, "/rigs", { id: "app", repoUrl: "/repos/app.git" });
  for (const id of ["ada", "bob"]) await anAgent(town, id, "accept");
  await anAgent(town, "cyd", "accept", { rig: "app" });
  await beads(town, ...Array.from({ length: 4 }, (_, n) => ({ title: `bead ${n}` })));
  await quiet(town);
  await runsEnd(town, ofRemote("clone_failed"), 9);
  const probe = await live(town, "run");
  await reports(town, probe?.fence ?? 0, ofRemote("fetch_failed"));
  expect(await live(town, "run")).toBeUndefined();
  const told = await items(town);
  expect(told).toMatchObject([
    {
      kind: "rig_trouble",
      target: { type: "rig", id: "lib" },
      what: expect.stringContaining("runs of rig lib wait: fatal: unable to access"),
      hint: expect.stringContaining("when its remote is there again"),
      command: "npm run town -- rig retry lib",
      nextAt: expect.stringMatching(/^20/),
      verb: { method: "POST", path: at(town, "/rigs/lib/landings/retry"), body: null },
    },
  ]);
  expect(told).toHaveLength(1);
  expect((await get(town, "/health")).verdict).toBe("healthy");
  expect((await get(town, "/incidents")).items).toEqual([]);
  expect((await get(town, "")).breaker).toBeNull();
  const { beads: all } = await rows(town);
  expect(all.map(({ dispatchFailures, unpaidTries }) => [dispatchFailures, unpaidTries])).toEqual(
    Array(4).fill([0, 0]),
  );
  const { gates } = await get(town, "/beads/lib-3/explain");
  expect(gates.find(({ ok }: { ok: boolean }) => !ok)).toMatchObject({
    gate: "rig_trouble",
    why: expect.stringContaining("runs of rig lib wait for its remote"),
  });
  // Other rigs go on.
  await beads(town, { title: "elsewhere", rig: "app" });
  await quiet(town);
  expect((await rows(town)).beads[4]).toMatchObject({ status: "in_progress" });
  await tryAgain(town, "push_trouble");
  const ofLib = (await rows(town)).attempts.filter(({ rigId, endedAtMs }) => rigId === "lib" && endedAtMs === null);
  expect(ofLib).toHaveLength(1);
  await reports(town, ofLib[0]?.fence ?? 0, heartbeat);
  expect(await items(town)).toHaveLength(1);
  await reports(town, ofLib[0]?.fence ?? 0, working);
  expect(await items(town)).toEqual([]);
  await town.stub().reconcile();
  await quiet(town);
  expect((await rows(town)).attempts.filter(({ endedAtMs }) => endedAtMs === null)).toHaveLength(3);
  expect(await violations(town)).toEqual([]);
});

test("it waits no longer than five minutes between two looks at a remote that is away, and its verb has it tried at once", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  const waits: number[] = [];
  for (let times = 1; times <= 9; times++) {
    await reports(town, (await live(town, "run"))?.fence ?? 0, ofRemote("clone_failed"));
    const { nextTryAt, failure } = (await rig(town)).pushTrouble;
    waits.push(nextTryAt === null ? 0 : (Date.parse(nextTryAt) - Date.parse(failure.at)) / 1_000);
    await timePasses(town);
    await tryAgain(town, "push_trouble");
  }
  expect(waits).toEqual([0, 0, 30, 60, 120, 240, 300, 300, 300]);
  await reports(town, (await live(town, "run"))?.fence ?? 0, ofRemote("clone_failed"));
  const [item] = await items(town);
  expect(await json(await call(item.verb.method, item.verb.path))).toMatchObject({
    status: 200,
    pushTrouble: { rests: "asked" },
  });
  await quiet(town);
  expect(await items(town)).toEqual([]);
  // It was known before, so it waits at once; and it was met eleven times, whatever the waits were.
  await reports(town, (await live(town, "run"))?.fence ?? 0, ofRemote("clone_failed"));
  expect((await rig(town)).pushTrouble).toMatchObject({ times: 11, nextTryAt: expect.stringMatching(/^20/) });
  expect(await items(town)).toMatchObject([{ times: 11 }]);
});

test("what a look has seen and one run has met was met once, though it is waited for at once", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  await tamper(
    town,
    `UPDATE rigs SET push_trouble = '${JSON.stringify({
      ...{
        failure: { kind: "unreachable", code: "clone_failed", message: "away", atMs: 1 },
        sinceMs: 1,
        times: 0,
        waits: 0,
      },
      ...{ fence: 0, beads: [], landsOn: null, untilMs: null, rests: "idle", restsFence: 0 },
    })}'`,
  );
  await tamper(town, "UPDATE town SET rig_troubles = 1");
  await reports(town, (await live(town, "run"))?.fence ?? 0, ofRemote("clone_failed"));
  expect(await items(town)).toMatchObject([{ kind: "rig_trouble", times: 1, nextAt: expect.stringMatching(/^20/) }]);
});

test("what a person must mend is not forgotten at rest because a remote was out of reach once", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  await reports(town, (await live(town, "run"))?.fence ?? 0, ofRig("no_right"));
  await post(town, "/beads/lib-1/cancel", { reason: "not wanted" });
  expect(await rig(town)).toMatchObject({ pushTrouble: { failure: { code: "no_right" }, rests: "idle" } });
  await beads(town, { title: "two" });
  await quiet(town);
  await reports(town, (await live(town, "run"))?.fence ?? 0, ofRemote("clone_failed"));
  expect((await rig(town)).pushTrouble).toMatchObject({ failure: { code: "no_right" } });
  await tryAgain(town, "push_trouble");
  await reports(town, (await live(town, "run"))?.fence ?? 0, working);
  expect((await rig(town)).pushTrouble).toMatchObject({ failure: { code: "no_right" } });
  expect(await violations(town)).toEqual([]);
});

test("what one bead alone can't send or get keeps nobody else of its rig from work", async () => {
  const town = await aTown();
  for (const id of ["ada", "bob"]) await anAgent(town, id, "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  await runsEnd(town, ofRemote("push_failed"), 6);
  await beads(town, { title: "two" });
  await quiet(town);
  expect(await items(town)).toMatchObject([{ kind: "repeating", target: { id: "lib-1" } }]);
  const other = (await rows(town)).attempts.find(({ beadId, endedAtMs }) => beadId === "lib-2" && endedAtMs === null);
  expect(other).toBeDefined();
  await reports(town, other?.fence ?? 0, ofRemote("push_failed"));
  // Two beads that meet it tell that it is their rig's.
  expect(await items(town)).toMatchObject([{ kind: "rig_trouble", target: { id: "lib" } }]);
  expect((await get(town, "/health")).verdict).not.toBe("spinning");
});

test("an agent that had begun may have cost something: a remote that goes away under it is counted", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  for (let times = 1; times <= 5; times++) {
    const { fence = 0 } = (await live(town, "run")) ?? {};
    await reports(town, fence, working);
    await reports(town, fence, ofRemote("fetch_failed"));
    await timePasses(town);
    await town.stub().reconcile();
    await quiet(town);
  }
  expect((await rows(town)).beads).toMatchObject([{ dispatchFailures: 5, unpaidTries: 5 }]);
});

test("a host that finds a rig where it is said to be ends what is said of its remote", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  await runsEnd(town, ofRemote("clone_failed"), 3);
  await reports(town, (await live(town, "run"))?.fence ?? 0, ofRemote("clone_failed"));
  expect(await items(town)).toMatchObject([{ kind: "rig_trouble" }]);
  expect(await post(town, "/rigs/lib/preflight")).toMatchObject({ status: 200, look: { ok: true }, pushTrouble: null });
  await quiet(town);
  expect(await items(town)).toEqual([]);
  expect(await live(town, "run")).toBeDefined();
});

test("what nobody waits for any more is told as a warning until a person says it is mended, and as critical when something meets it", async () => {
  const town = await inReview(2);
  await reports(town, (await landing(town)).fence, ofRig("protected"));
  expect(await items(town)).toMatchObject([{ kind: "rig_trouble" }]);
  for (const bead of ["lib-1", "lib-2"]) {
    expect(await items(town)).toHaveLength(1);
    await post(town, `/beads/${bead}/cancel`, { reason: "not wanted" });
  }
  expect(await items(town)).toMatchObject([
    {
      ...{ kind: "rig_trouble", severity: "warning", nextAt: null },
      meanwhile: "nothing waits for it yet, and the next landing there would; other rigs go on",
      hint: expect.stringContaining("take it for mended"),
      verb: { path: at(town, "/rigs/lib/landings/retry") },
    },
  ]);
  expect(await rig(town)).toMatchObject({ landingTrouble: { rests: "idle", nextTryAt: null } });
  expect(await post(town, "/rigs/lib/landings/retry")).toMatchObject({
    ...{ status: 200, tried: { runs: 0, landings: 0 }, landingTrouble: null },
    look: { ok: true, detail: "main is there" },
  });
  expect(await items(town)).toEqual([]);
  await beads(town, { title: "another" });
  await quiet(town);
  await reports(town, (await live(town, "run"))?.fence ?? 0, finished);
  await reports(town, (await landing(town)).fence, ofRig("protected"));
  expect(await items(town)).toMatchObject([{ kind: "rig_trouble", severity: "critical" }]);
  expect(await violations(town)).toEqual([]);
});

test("a try that was asked for and fails is told of at once, under the same since", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  await runsEnd(town, ofRemote("clone_failed"), 3);
  await reports(town, (await live(town, "run"))?.fence ?? 0, ofRemote("clone_failed"));
  const [{ since }] = await items(town);
  expect(await post(town, "/rigs/lib/landings/retry")).toMatchObject({ tried: { runs: 1, landings: 0 } });
  expect(await items(town)).toEqual([]);
  await quiet(town);
  await reports(town, (await live(town, "run"))?.fence ?? 0, ofRemote("fetch_failed"));
  expect(await items(town)).toMatchObject([{ kind: "rig_trouble", since }]);
});

test("a run that was asked to push first proves by its beginning that the remote is there, and not that it takes what is new", async () => {
  const town = await aTown();
  for (const id of ["ada", "bob"]) await anAgent(town, id, "accept");
  await beads(town, { title: "one" }, { title: "two" });
  await quiet(town);
  const [first, second] = (await rows(town)).attempts;
  await reports(town, first?.fence ?? 0, ofRig("unsigned"));
  await reports(town, second?.fence ?? 0, ofRig("unsigned"));
  await tryAgain(town, "push_trouble");
  const probe = await live(town, "run");
  await reports(town, probe?.fence ?? 0, working);
  expect((await rig(town)).pushTrouble).toMatchObject({ failure: { code: "unsigned" } });
  await tamper(
    town,
    `UPDATE rigs SET push_trouble = json_set(push_trouble, '$.failure.kind', 'unreachable', '$.failure.code', 'push_failed')`,
  );
  await reports(town, probe?.fence ?? 0, working);
  expect((await rig(town)).pushTrouble).toBeNull();
  await town.stub().reconcile();
  await quiet(town);
  expect((await rows(town)).attempts.filter(({ endedAtMs }) => endedAtMs === null)).toHaveLength(2);
});

test("a look that reaches the remote ends what was lost on the way to it, and none that was declined there", async () => {
  const town = await aTown();
  for (const id of ["ada", "bob"]) await anAgent(town, id, "accept");
  await beads(town, { title: "one" }, { title: "two" });
  await quiet(town);
  await runsEnd(town, ofRemote("push_failed"), 2);
  for (const { fence } of (await rows(town)).attempts.filter(({ endedAtMs }) => endedAtMs === null))
    await reports(town, fence, ofRemote("push_failed"));
  expect(await items(town)).toMatchObject([{ kind: "rig_trouble", target: { id: "lib" } }]);
  expect(await post(town, "/rigs/lib/preflight")).toMatchObject({ look: { ok: true }, pushTrouble: null });
  await quiet(town);
  for (const { fence } of (await rows(town)).attempts.filter(({ endedAtMs }) => endedAtMs === null))
    await reports(town, fence, ofRig("no_right"));
  expect(await post(town, "/rigs/lib/preflight")).toMatchObject({ pushTrouble: { failure: { code: "no_right" } } });
});
