/** What a town makes of a remote that says no, and of a gate that can't pass. */
import { expect, test } from "vitest";
import type { Told } from "../../src/protocol/reports.ts";
import { call, json } from "./http.ts";
import { at, get, inReview, items, landing, live, ofRig, post, rig, tryAgain } from "./rig-trouble-scene.ts";
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
  wakesAt,
} from "./town.ts";

const patch = async (town: TestTown, path: string, body: object) => json(await call("PATCH", at(town, path), body));

const unreachable = failed("unreachable");

const begun = async (town: TestTown, kind: "run" | "landing") =>
  (await rows(town)).attempts.filter((attempt) => attempt.kind === kind).length;

test("a protected branch pauses the landings of its rig: one item for a person, and no bead pays or is run again", async () => {
  const town = await inReview(3);
  await post(town, "/rigs", { id: "app", repoUrl: "/repos/app.git" });
  await anAgent(town, "bob", "accept", { rig: "app" });
  await reports(town, (await landing(town)).fence, ofRig("protected"));
  await timePasses(town);
  await town.stub().reconcile();
  await quiet(town);
  expect(await live(town, "landing")).toBeUndefined();
  expect(
    (await rows(town)).beads.map(({ status, failures, reworks, dispatchFailures }) => [
      status,
      failures,
      reworks,
      dispatchFailures,
    ]),
  ).toEqual(Array(3).fill(["in_review", 0, 0, 0]));
  expect(await items(town)).toMatchObject([
    {
      kind: "rig_trouble",
      what: "landings of rig lib wait: GitLab: You are not allowed to push code to protected branches",
      verb: { method: "POST", path: at(town, "/rigs/lib/landings/retry"), body: null },
      evidence: { rig: "lib", landings: { times: 1, failure: { code: "protected" } }, runs: null },
    },
  ]);
  expect(await items(town)).toHaveLength(1);
  const { gates, unblock, nextLookAt } = await get(town, "/beads/lib-2/explain");
  expect(gates.find(({ ok }: { ok: boolean }) => !ok)).toMatchObject({
    gate: "rig_trouble",
    why: expect.stringContaining("not allowed to push"),
    until: nextLookAt,
  });
  expect(unblock.request).toBe(`POST ${at(town, "/rigs/lib/landings/retry")}`);
  expect(unblock.command).toBe("npm run town -- rig retry lib");
  expect(await rig(town)).toMatchObject({ landingTrouble: { times: 1, beads: ["lib-1"], nextTryAt: nextLookAt } });
  expect(await wakesAt(town)).toBe(Date.parse(nextLookAt));
  const metrics = await (await call("GET", at(town, "/metrics"))).text();
  expect(metrics).toContain(`townkeeper_rigs_in_trouble{town="${town.name}",waits="landings"} 1`);
  expect((await get(town, "/health")).verdict).not.toBe("spinning");
  // Other rigs go on, and so do runs of this one.
  await beads(town, { title: "elsewhere", rig: "app" }, { title: "here" });
  await quiet(town);
  expect((await rows(town)).beads.slice(3).map(({ status }) => status)).toEqual(["in_progress", "in_progress"]);
  expect(await violations(town)).toEqual([]);
});

test.each([
  ["its verb", (town: TestTown) => post(town, "/rigs/lib/landings/retry")],
  ["another address", (town: TestTown) => patch(town, "/rigs/lib", { repoUrl: "/repos/other.git" })],
  ["another branch", (town: TestTown) => patch(town, "/rigs/lib", { defaultBranch: "trunk" })],
])("landings are tried at once after %s, and what lands ends the trouble", async (_what, mend) => {
  const town = await inReview(2);
  await reports(town, (await landing(town)).fence, ofRig("protected"));
  expect(await mend(town)).toMatchObject({ status: 200, landingTrouble: { rests: "asked", nextTryAt: null } });
  await quiet(town);
  expect(await items(town)).toEqual([]);
  expect(await reports(town, (await landing(town)).fence, landed)).toBe("ok");
  expect(await reports(town, (await landing(town)).fence, landed)).toBe("ok");
  expect((await rows(town)).beads.map(({ status }) => status)).toEqual(["closed", "closed"]);
  expect(await post(town, "/rigs/lib/landings/retry")).toMatchObject({ status: 409, code: "nothing_to_retry" });
  expect(await violations(town)).toEqual([]);
});

test("another gate mends a gate, and nothing else", async () => {
  const town = await inReview(1);
  await reports(town, (await landing(town)).fence, ofRig("gate_broken", "the gate fails on main itself"));
  expect(await patch(town, "/rigs/lib", { maxAgents: 3 })).toMatchObject({ landingTrouble: { times: 1 } });
  expect(await patch(town, "/rigs/lib", { gate: ["accept"] })).toMatchObject({ landingTrouble: { rests: "asked" } });
  await quiet(town);
  await reports(town, (await landing(town)).fence, ofRig("protected"));
  expect(await patch(town, "/rigs/lib", { gate: null })).toMatchObject({ landingTrouble: { times: 2, rests: null } });
});

test("tried again by itself it waits longer each time, with the bead first that has not failed yet", async () => {
  const town = await inReview(2);
  const waits: number[] = [];
  for (let times = 1; times <= 12; times++) {
    const { fence } = await landing(town);
    await reports(town, fence, ofRig("protected"));
    const { nextTryAt, failure } = (await rig(town)).landingTrouble;
    waits.push((Date.parse(nextTryAt) - Date.parse(failure.at)) / 60_000);
    await tryAgain(town, "landing_trouble");
  }
  expect(waits).toEqual([0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360]);
  const tried = (await rows(town)).attempts.filter(({ kind }) => kind === "landing").map(({ beadId }) => beadId);
  expect(tried.slice(0, 2)).toEqual(["lib-1", "lib-2"]);
  await reports(town, (await landing(town)).fence, landed);
  expect((await rig(town)).landingTrouble).toBeNull();
  expect(await violations(town)).toEqual([]);
});

test("a gate that can't pass is the rig's: no rework, and the bead that mends it is let through", async () => {
  const town = await inReview(2);
  await reports(town, (await landing(town)).fence, ofRig("gate_broken", "the gate fails on main itself: 3 tests fail"));
  expect((await rows(town)).beads[0]).toMatchObject({ status: "in_review", reworks: 0 });
  await tryAgain(town, "landing_trouble");
  const second = await landing(town);
  expect(second.beadId).toBe("lib-2");
  await reports(town, second.fence, landed);
  expect((await landing(town)).beadId).toBe("lib-1");
  expect(await items(town)).toEqual([]);
});

test("that a merge conflicts says nothing of a branch that is protected", async () => {
  const town = await inReview(2);
  await reports(town, (await landing(town)).fence, ofRig("protected"));
  await tryAgain(town, "landing_trouble");
  const conflict: Told = { kind: "rejected", code: "conflict", message: "conflict", outputTail: "" };
  await reports(town, (await landing(town)).fence, conflict);
  expect(await items(town)).toMatchObject([{ kind: "rig_trouble" }]);
  expect((await rows(town)).beads.map(({ reworks }) => reworks)).toEqual([0, 1]);
});

test("an old host's word for a gate that is missing is understood", async () => {
  const town = await inReview(1);
  await reports(town, (await landing(town)).fence, {
    ...ofRig("gate_missing", "npm is not there"),
    failure: "refused",
  } as Told);
  expect(await items(town)).toMatchObject([{ kind: "rig_trouble", what: expect.stringContaining("npm is not there") }]);
});

test("landings that come to nothing again and again wait behind their rig's own gate, and no other rig's work does", async () => {
  const town = await inReview(2);
  await post(town, "/rigs", { id: "app", repoUrl: "/repos/app.git" });
  await anAgent(town, "bob", "accept", { rig: "app" });
  for (let times = 1; times <= 6; times++) {
    await reports(town, (await landing(town)).fence, unreachable);
    await tryAgain(town, "landing_trouble");
  }
  await reports(town, (await landing(town)).fence, unreachable);
  expect((await get(town, "")).breaker).toBeNull();
  expect(await items(town)).toMatchObject([{ kind: "rig_trouble", evidence: { landings: { times: 7 } } }]);
  expect(await items(town)).toHaveLength(1);
  const { gates } = await get(town, "/beads/lib-1/explain");
  expect(gates.find(({ gate }: { gate: string }) => gate === "rig_trouble")).toMatchObject({ ok: false });
  await beads(town, { title: "elsewhere", rig: "app" });
  await quiet(town);
  expect((await rows(town)).beads[2]).toMatchObject({ status: "in_progress" });
  await tryAgain(town, "landing_trouble");
  await reports(town, (await landing(town)).fence, landed);
  expect(await items(town)).toEqual([]);
});

test("one bead that can't land keeps no other from landing", async () => {
  const town = await inReview(1);
  for (let times = 1; times <= 4; times++) {
    await reports(town, (await landing(town)).fence, unreachable);
    await timePasses(town);
    await tamper(town, "UPDATE rigs SET landing_trouble = json_set(landing_trouble, '$.untilMs', NULL)");
    await town.stub().reconcile();
    await quiet(town);
  }
  await reports(town, (await landing(town)).fence, unreachable);
  await timePasses(town);
  await town.stub().reconcile();
  await quiet(town);
  expect(await live(town, "landing")).toBeUndefined();
  await beads(town, { title: "another" });
  await quiet(town);
  await reports(town, (await live(town, "run"))?.fence ?? 0, finished);
  expect((await landing(town)).beadId).toBe("lib-2");
});

test("a branch of a run's that nobody takes stops new runs of its rig, until one that tries is through", async () => {
  const town = await aTown();
  for (const id of ["ada", "bob"]) await anAgent(town, id, "accept");
  await beads(town, ...Array.from({ length: 4 }, (_, n) => ({ title: `bead ${n}` })));
  await quiet(town);
  const [first, second] = (await rows(town)).attempts;
  await reports(town, first?.fence ?? 0, heartbeat);
  await reports(town, first?.fence ?? 0, ofRig("no_right", "ERROR: Permission to you/app.git denied to me."));
  await reports(town, second?.fence ?? 0, ofRig("no_right", "ERROR: Permission to you/app.git denied to me."));
  await timePasses(town);
  await town.stub().reconcile();
  await quiet(town);
  expect(await begun(town, "run")).toBe(2);
  expect((await rows(town)).beads.map(({ status, failures }) => [status, failures])).toEqual([
    ["in_progress", 0],
    ["in_progress", 0],
    ["open", 0],
    ["open", 0],
  ]);
  expect(await items(town)).toMatchObject([
    { kind: "rig_trouble", what: expect.stringContaining("runs of rig lib wait") },
  ]);
  expect(await items(town)).toHaveLength(1);
  for (const bead of ["lib-1", "lib-3"])
    expect((await get(town, `/beads/${bead}/explain`)).unblock.request).toBe(
      `POST ${at(town, "/rigs/lib/landings/retry")}`,
    );
  expect((await get(town, "/health")).verdict).toBe("healthy");
  await tryAgain(town, "push_trouble");
  expect(await begun(town, "run")).toBe(3);
  const third = await live(town, "run");
  expect(third?.beadId).toBe("lib-1");
  const { gates } = await get(town, "/beads/lib-2/explain");
  expect(gates.find(({ gate }: { gate: string }) => gate === "rig_trouble")).toMatchObject({
    ok: false,
    why: "one run finds out whether the remote of rig lib takes branches again",
  });
  await reports(town, third?.fence ?? 0, finished);
  expect(await begun(town, "run")).toBe(5);
  expect((await rig(town)).pushTrouble).toBeNull();
  expect(await violations(town)).toEqual([]);
});

test("work that a remote declines costs its bead a try, and the next agent reads why", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  const message = "The remote declined what is in the branch (too_large): File big.bin is 123.00 MB";
  for (let tries = 1; tries <= 3; tries++) {
    const run = await live(town, "run");
    await reports(town, run?.fence ?? 0, {
      kind: "failed",
      failure: "agent_failed",
      code: "declined",
      message,
      outputTail: "",
    });
    await timePasses(town);
    await alarm(town);
  }
  expect((await rows(town)).beads[0]).toMatchObject({ status: "failed", failures: 3 });
  expect(await begun(town, "run")).toBe(3);
  expect((await rows(town)).notes.map(({ kind }) => kind)).toEqual(["declined", "declined", "declined", "parked"]);
  expect((await asked(town)).length).toBe(3);
});

test("a landing whose content is declined sends its bead back with the remote's words", async () => {
  const town = await inReview(1);
  const message = "The remote declined it: GH013: Push cannot contain secrets";
  await reports(town, (await landing(town)).fence, { kind: "rejected", code: "declined", message, outputTail: "" });
  expect((await rows(town)).beads[0]).toMatchObject({ status: "open", reworks: 1, lastFailure: { code: "declined" } });
  expect((await rows(town)).notes).toMatchObject([{ kind: "declined", text: message }]);
});

test("a host that leaves, and says so, is no trouble of the rig: what is to land waits for it alone", async () => {
  const town = await inReview(3);
  const leaves = { accepted: false, bootId: "boot", code: "draining", message: "I am leaving", retryAfterMs: 1_000 };
  await patch(town, "/rigs/lib", { gate: ["say", JSON.stringify({ status: 409, body: leaves })] });
  await reports(town, (await landing(town)).fence, landed);
  for (let times = 1; times <= 3; times++) {
    await quiet(town);
    await timePasses(town);
    await town.stub().reconcile();
  }
  await quiet(town);
  const { attempts, beads: all } = await rows(town);
  expect(attempts.filter(({ failure }) => failure?.code === "draining").length).toBeGreaterThanOrEqual(3);
  expect(await rig(town)).toMatchObject({ landingTrouble: null });
  expect(await items(town)).toEqual([]);
  expect(all.map(({ status }) => status)).toEqual(["closed", "in_review", "in_review"]);
});
