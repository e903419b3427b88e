/** Landings: one at a time to a rig, or as many as it allows, tried again when refused, and back to work when the rig's test fails. */
import { expect, test } from "vitest";
import type { Told } from "../../src/protocol/reports.ts";
import { call, json } from "./http.ts";
import { joinedHost } from "./joined-host.ts";
import { get } from "./rig-trouble-scene.ts";
import {
  alarm,
  anAgent,
  asked,
  aTown,
  beads,
  failed,
  finished,
  landed,
  quiet,
  reports,
  rows,
  type TestTown,
  tamper,
  timePasses,
} from "./town.ts";

test("a landing that comes back puts the bead to work again with the evidence, and parks it past the budget", async () => {
  const town = await aTown({ held: true, settings: { reworkBudget: 2 } });
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  for (const fence of [1, 3]) {
    await reports(town, fence, finished);
    await reports(town, fence + 1, {
      kind: "rejected",
      code: "conflict",
      message: "both changed a.txt",
      outputTail: "",
    });
    await timePasses(town);
    await alarm(town);
  }
  const after = await rows(town);
  expect(after.beads).toMatchObject([{ status: "failed", reworks: 2, failures: 0 }]);
  expect(after.notes.map(({ kind }) => kind)).toEqual(["conflict", "conflict", "parked"]);
  expect(after.attempts.map(({ kind, state }) => `${kind} ${state}`)).toEqual([
    "run finished",
    "landing failed",
    "run finished",
    "landing failed",
  ]);
});

test("a rig lands one bead at a time", async () => {
  const town = await aTown({ held: true });
  await anAgent(town, "ada", "accept");
  await anAgent(town, "linus", "accept");
  await beads(town, { title: "one" }, { title: "two" });
  await quiet(town);
  await reports(town, 1, finished);
  await reports(town, 2, finished);
  expect((await asked(town)).filter(({ agent }) => agent === null)).toHaveLength(1);
  await reports(town, 3, landed);
  expect((await asked(town)).filter(({ agent }) => agent === null)).toHaveLength(2);
});

/** Beads whose work is done, and the landings that have been asked for. */
async function threeDone(options: Parameters<typeof aTown>[0]) {
  const town = await aTown({ held: true, ...options });
  for (const agent of ["ada", "linus", "grace"]) await anAgent(town, agent, "accept");
  const ids = await beads(town, { title: "one", priority: 3 }, { title: "two", priority: 1 }, { title: "three" });
  await quiet(town);
  for (const fence of [1, 2, 3]) await reports(town, fence, finished);
  await quiet(town);
  const landing = async () => (await asked(town)).filter(({ agent }) => agent === null);
  return { town, ids, landing };
}

const gateOf = async (town: TestTown, bead: string) => {
  const told = await json(await call("GET", `/v1/towns/${town.name}/beads/${bead}/explain`));
  return told.gates as { gate: string; why: string }[];
};

test("a rig that allows two lands two beads at a time, in their order, and the third waits for them", async () => {
  const { town, ids, landing } = await threeDone({ landingsAtOnce: 2 });
  const [first, second] = await landing();
  expect(await landing()).toHaveLength(2);
  expect([first, second]).toMatchObject([{ landingsAtOnce: 2 }, { landingsAtOnce: 2 }]);
  const waits = ids.find((id) => id !== first?.bead && id !== second?.bead) ?? "";
  expect(await gateOf(town, waits)).toContainEqual(
    expect.objectContaining({
      gate: "landing",
      why: `beads ${first?.bead}, ${second?.bead} are landing, and 2 at a time do`,
    }),
  );
  await reports(town, second?.fence ?? 0, landed);
  await quiet(town);
  expect((await landing()).map(({ bead }) => bead)).toEqual([first?.bead, second?.bead, waits]);
  await reports(town, first?.fence ?? 0, landed);
  await reports(town, 6, landed);
  expect((await rows(town)).beads.map(({ status }) => status)).toEqual(["closed", "closed", "closed"]);
});

test("a rig that is in trouble tries one landing at a time, whatever it allows when it is well", async () => {
  const { town, ids, landing } = await threeDone({ landingsAtOnce: 2 });
  const protectedMain = {
    kind: "failed",
    failure: "rig_trouble",
    code: "protected",
    message: "no",
    outputTail: "",
  } as const;
  for (const { fence } of await landing()) await reports(town, fence, protectedMain);
  await quiet(town);
  expect(await landing()).toHaveLength(2);
  await call("POST", `/v1/towns/${town.name}/rigs/lib/landings/retry`);
  await quiet(town);
  expect(await landing()).toHaveLength(3);
  const last = (await landing()).at(-1);
  const waits = ids.find((id) => id !== last?.bead) ?? "";
  expect((await gateOf(town, waits)).map(({ gate }) => gate)).toContain("landing");
  await reports(town, last?.fence ?? 0, landed);
  await quiet(town);
  expect(await landing()).toHaveLength(5);
});

test("none begins in the pass in which one that is given up is the failure from which on its rig waits", async () => {
  const { town, landing } = await threeDone({ landingsAtOnce: 3, settings: { backoffBaseMs: 60_000 } });
  const [first, second, third] = await landing();
  const away = { ...failed("unreachable"), code: "fetch_failed" } as Told;
  for (const { fence } of [first, second] as { fence: number }[]) await reports(town, fence, away);
  await quiet(town);
  expect(await landing()).toHaveLength(3);
  await tamper(town, "UPDATE beads SET not_before_ms = 0");
  await tamper(town, "UPDATE attempts SET lease_until_ms = 1 WHERE fence = ?", third?.fence ?? 0);
  await town.stub().reconcile();
  await quiet(town);
  expect((await rows(town)).attempts.at(-1)).toMatchObject({ state: "released", failure: { kind: "lost" } });
  expect(await landing()).toHaveLength(3);
  expect(await get(town, "/rigs/lib")).toMatchObject({ landingTrouble: { times: 3, nextTryAt: expect.any(String) } });
});

test("landings of a rig that are under way together are at one host, whichever has less to do", async () => {
  const town = await aTown({ held: true, landingsAtOnce: 2, settings: { hosts: "external", startDeadlineMs: 5_000 } });
  for (const host of ["east", "west"]) await joinedHost(town, host, () => ({ accepted: true }));
  for (const agent of ["ada", "linus", "grace", "edsger"]) await anAgent(town, agent, "accept");
  await beads(town, { title: "one" }, { title: "two" }, { title: "three" }, { title: "four" });
  await quiet(town);
  for (const fence of [1, 2, 3, 4]) await reports(town, fence, finished);
  await quiet(town);
  const live = async () =>
    (await rows(town)).attempts.filter(({ kind, endedAtMs }) => kind === "landing" && endedAtMs === null);
  for (const through of [5, 6]) {
    const landings = await live();
    expect(landings).toHaveLength(2);
    expect(new Set(landings.map(({ hostId }) => hostId)).size).toBe(1);
    await reports(town, through, landed);
    await quiet(town);
  }
  for (const { fence } of await live()) await reports(town, fence, landed);
  expect((await rows(town)).beads.every(({ status }) => status === "closed")).toBe(true);
});

test("how many land at a time is changed where the rig stands, and what lands goes on", async () => {
  const { town, landing } = await threeDone({});
  expect(await landing()).toMatchObject([{ fence: 4 }]);
  expect((await landing())[0]).not.toHaveProperty("landingsAtOnce");
  const change = (landingsAtOnce: unknown) => call("PATCH", `/v1/towns/${town.name}/rigs/lib`, { landingsAtOnce });
  for (const wrong of [0, 9, 1.5, null, "2"]) expect((await change(wrong)).status).toBe(422);
  expect(await json(await change(3))).toMatchObject({ landingsAtOnce: 3 });
  await quiet(town);
  expect(await landing()).toHaveLength(3);
  await change(1);
  await reports(town, 4, landed);
  await quiet(town);
  expect(
    (await rows(town)).attempts.filter(({ kind, state }) => kind === "landing" && state === "running"),
  ).toHaveLength(2);
});

test("a landing that the host refuses waits in review and is tried again under a higher fence", async () => {
  const town = await aTown({ held: true, gate: ["refuse"] });
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  await reports(town, 1, finished);
  expect((await rows(town)).beads).toMatchObject([{ status: "in_review", lastFailure: { kind: "refused" } }]);
  await timePasses(town);
  await alarm(town);
  expect((await asked(town)).map(({ fence }) => fence)).toEqual([1, 2, 3]);
});
