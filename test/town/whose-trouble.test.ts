/** Whose trouble a run met is told by a second bead or a second agent; until then it counts against the pair alone. */
import { expect, test } from "vitest";
import type { Told } from "../../src/protocol/reports.ts";
import { call, json } from "./http.ts";
import {
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
  violations,
} from "./town.ts";

const live = async (town: TestTown) => (await rows(town)).attempts.filter(({ endedAtMs }) => endedAtMs === null);

/** Backoffs of beads pass; what keeps two apart does not. */
async function later(town: TestTown): Promise<void> {
  await tamper(town, "UPDATE beads SET not_before_ms = 1 WHERE not_before_ms > 0");
  await tamper(town, "UPDATE agents SET not_before_ms = 1 WHERE not_before_ms > 0");
  await town.stub().reconcile();
  await quiet(town);
}

/**
 * Lives on until nothing runs any more: runs of beads called bad end in this trouble, all others well. Landings are left alone.
 * @returns the names of the beads in the order in which they were given out, and to whom
 */
async function livesOn(town: TestTown, kind: "provider_limited" | "auth", retryAfterMs?: number): Promise<string[]> {
  const { beads: all } = await rows(town);
  const isBad = (id: string) => all.find((bead) => bead.id === id)?.title.startsWith("bad") ?? false;
  const told = new Set<number>();
  const begun: string[] = [];
  for (let turn = 0; turn < 60; turn++) {
    const runs = (await live(town)).filter(({ kind: of, fence }) => of === "run" && !told.has(fence));
    for (const { fence, beadId, agentId } of runs) {
      told.add(fence);
      const title = all.find((bead) => bead.id === beadId)?.title ?? "";
      begun.push(`${title} on ${agentId}`);
      await reports(town, fence, isBad(beadId) ? failed(kind, retryAfterMs) : finished);
    }
    if (runs.length === 0) {
      if ((await rows(town)).beads.every(({ status }) => status !== "open" && status !== "in_progress")) break;
      await later(town);
    }
  }
  return begun;
}

test.each([
  ["provider_limited", 5_000],
  ["provider_limited", 0],
  ["auth", undefined],
] as const)(
  "two poison beads (%s, %s) among good ones: those are run within three starts each, the bad are parked, all agents are at work",
  async (kind, retryAfterMs) => {
    const town = await aTown({ settings: { backoffBaseMs: 1 } });
    for (const id of ["ada", "bob"]) await anAgent(town, id, "accept");
    await beads(
      town,
      { title: "bad 1", priority: 1 },
      { title: "bad 2", priority: 1 },
      { title: "good 1" },
      { title: "good 2" },
      { title: "good 3" },
    );
    await quiet(town);
    const begun = await livesOn(town, kind, retryAfterMs);
    const { beads: after, agents, notes } = await rows(town);
    expect(after.map(({ title, status }) => [title, status])).toEqual([
      ["bad 1", "failed"],
      ["bad 2", "failed"],
      ["good 1", "in_review"],
      ["good 2", "in_review"],
      ["good 3", "in_review"],
    ]);
    for (const good of ["good 1", "good 2", "good 3"])
      expect(begun.filter((each) => each.startsWith(good)).length).toBe(1);
    expect(begun.filter((each) => each.startsWith("bad")).length).toBeLessThanOrEqual(8);
    expect(agents).toMatchObject([
      { status: "idle", beadId: null, troubles: 0, trouble: null, doubts: null, notBeforeMs: 0 },
      { status: "idle", beadId: null, troubles: 0, trouble: null, doubts: null, notBeforeMs: 0 },
    ]);
    for (const bead of after.slice(0, 2)) {
      expect(bead.lastFailure).toMatchObject({ kind });
      expect(bead.strikes?.length).toBeGreaterThanOrEqual(2);
      expect(notes.filter((note) => note.beadId === bead.id && note.kind === "parked")).toMatchObject([
        { text: expect.stringMatching(/runs of it \(.*(ada|bob).*\) ended so, and no other bead of theirs did/) },
      ]);
    }
    expect(await violations(town)).toEqual([]);
  },
  20_000,
);

test("a poison bead takes no agent of its rig from work, nor one that is added, whatever they share", async () => {
  const town = await aTown({ settings: { backoffBaseMs: 1 } });
  for (const id of ["ada", "bob", "cyd"]) await anAgent(town, id, "accept", { provider: "acme" });
  await beads(town, { title: "bad" }, { title: "good 1" }, { title: "good 2" }, { title: "good 3" });
  await quiet(town);
  await reports(town, 1, failed("auth"));
  await anAgent(town, "dan", "accept", { provider: "acme" });
  await quiet(town);
  const { agents } = await rows(town);
  expect(agents.map(({ notBeforeMs }) => notBeforeMs)).toEqual([0, 0, 0, 0]);
  expect(agents.find(({ id }) => id === "ada")).toMatchObject({ status: "working", beadId: "lib-4" });
  // The provider does well, so it is not what fails the bead: another agent of it tells at once.
  await reports(town, 2, finished);
  await later(town);
  const again = (await live(town)).find(({ beadId }) => beadId === "lib-1");
  expect(again?.agentId).not.toBe("ada");
  await reports(town, again?.fence ?? 0, failed("auth"));
  expect((await rows(town)).beads[0]).toMatchObject({ status: "failed", agentId: null });
  expect(await violations(town)).toEqual([]);
});

test("a sick agent is found by its second bead, and the backlog is not burnt on it; its beads are at no fault", async () => {
  const town = await aTown({ settings: { backoffBaseMs: 1 } });
  await anAgent(town, "sick", "accept");
  await beads(town, ...Array.from({ length: 10 }, (_, n) => ({ title: `bead ${n}` })));
  await quiet(town);
  await reports(town, 1, failed("auth"));
  await reports(town, 2, failed("auth"));
  expect(await live(town)).toEqual([]);
  const { agents, beads: all } = await rows(town);
  expect(agents[0]).toMatchObject({ status: "idle", troubles: 2, doubts: null });
  expect((agents[0]?.notBeforeMs ?? 0) - Date.now()).toBeGreaterThan(30_000);
  expect(all.slice(0, 2)).toMatchObject([{ strikes: [{ isExcused: true }] }, { strikes: [{ isExcused: true }] }]);
  await anAgent(town, "well", "accept");
  await quiet(town);
  for (let n = 0; n < 10; n++) {
    const [run] = (await live(town)).filter(({ kind }) => kind === "run");
    await reports(town, run?.fence ?? 0, finished);
    await later(town);
  }
  expect((await rows(town)).beads.filter(({ status }) => status === "failed")).toEqual([]);
});

test("one agent and one bead: nothing tells, so they wait longer each time, and a new bead starts at once", async () => {
  const town = await aTown({ settings: { backoffBaseMs: 1 } });
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "bad" });
  await quiet(town);
  await reports(town, 1, failed("provider_limited", 3_600_000));
  await later(town);
  expect(await live(town)).toEqual([]);
  await beads(town, { title: "good" });
  await quiet(town);
  expect(await live(town)).toMatchObject([{ beadId: "lib-2", agentId: "ada" }]);
  // The agent does well each time in between: by the fourth time it is known whose trouble it is.
  const running = async () => (await live(town)).find(({ kind }) => kind === "run");
  for (let n = 2; n <= 4; n++) {
    await reports(town, (await running())?.fence ?? 0, finished);
    await later(town);
    expect(await running()).toMatchObject({ beadId: "lib-1" });
    expect((await rows(town)).beads[0]).toMatchObject({ status: "in_progress" });
    await reports(town, (await running())?.fence ?? 0, failed("provider_limited", 3_600_000));
    await beads(town, { title: `good ${n}` });
    await quiet(town);
  }
  expect((await rows(town)).beads[0]).toMatchObject({ status: "failed" });
  expect(await rows(town)).toMatchObject({ agents: [{ status: "working", doubts: null }] });
});

test("whoever wants a bead tried again has what is held against it forgotten", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  await reports(town, 1, failed("auth"));
  const retry = `/v1/towns/${town.name}/beads/lib-1/retry`;
  expect(await json(await call("POST", retry, {}))).toMatchObject({ status: "open", strikes: [] });
  await quiet(town);
  expect(await rows(town)).toMatchObject({
    agents: [{ status: "working", beadId: "lib-1", troubles: 0, trouble: null, doubts: null }],
  });
});

/** Runs until nothing may be tried for now: each ends in this trouble. */
async function allFail(town: TestTown, told: Told, times: number): Promise<void> {
  for (let n = 0; n < times; n++) {
    await later(town);
    const [run] = (await live(town)).filter(({ kind }) => kind === "run");
    if (!run) return;
    await reports(town, run.fence, told);
    await tamper(town, "UPDATE agents SET doubts = json_replace(doubts, '$[0].untilMs', 1) WHERE doubts IS NOT NULL");
  }
}

test.each([
  ["at once", failed(), {}],
  ["not let in", failed("auth"), { unpaidTriesPerDay: 3 }],
] as const)(
  "the only bead of an agent that is %s is parked; a second bead tells, and it is given back, once, behind what is new",
  async (_, told, settings) => {
    const town = await aTown({ settings: { backoffBaseMs: 1, ...settings } });
    await anAgent(town, "ada", "accept");
    await beads(town, { title: "first" });
    await quiet(town);
    await allFail(town, told, 3);
    expect((await rows(town)).beads).toMatchObject([{ status: "failed" }]);
    await beads(town, { title: "second" }, { title: "third" });
    await quiet(town);
    await allFail(town, told, 1);
    const after = await rows(town);
    expect(after.beads[0]).toMatchObject({ status: "open", failures: 0, strikes: null, closedAtMs: null });
    expect(after.beads[1]).toMatchObject({ failures: 0 });
    expect(after.agents).toMatchObject([
      { id: "ada", troubles: expect.any(Number), trouble: { code: expect.any(String) } },
    ]);
    expect(after.notes.filter(({ beadId }) => beadId === "lib-1").at(-1)).toMatchObject({
      kind: "given_back",
      text: "given back: what it was parked for is found to be the trouble of agent ada",
    });
    const { items } = await json(await call("GET", `/v1/towns/${town.name}/attention`));
    expect(items.map(({ kind }: { kind: string }) => kind)).not.toContain("parked");
    // Mended: what is new goes before it.
    const begun: string[] = [];
    for (let n = 0; n < 3; n++) {
      await later(town);
      const [run] = (await live(town)).filter(({ kind }) => kind === "run");
      begun.push(run?.beadId ?? "");
      await reports(town, run?.fence ?? 0, finished);
    }
    expect(begun).toEqual(["lib-3", "lib-1", "lib-2"]);
    expect(await violations(town)).toEqual([]);
  },
);
