/** A host that has no room is asked nothing, and nobody is at fault; a place that comes free is used at once. */
import { expect, test } from "vitest";
import { call, json } from "./http.ts";
import { joinedHost } from "./joined-host.ts";
import {
  alarm,
  anAgent,
  asked,
  aTown,
  beads,
  finished,
  heartbeat,
  quiet,
  reports,
  rows,
  type TestTown,
  tamper,
  violations,
} from "./town.ts";

const BOOT = "00000000-0000-4000-8000-000000000000";
const answers = (status: number, body: object) => ({ command: ["say", JSON.stringify({ status, body })] });
const takes = (free: number, more: object = {}) =>
  answers(202, { accepted: true, bootId: BOOT, room: { places: 4, free, ...more } });
const full = answers(409, {
  accepted: false,
  bootId: BOOT,
  code: "at_capacity",
  message: "full",
  retryAfterMs: 15_000,
});

const get = async (town: TestTown, path: string) => json(await call("GET", `/v1/towns/${town.name}${path}`));
const gateOf = async (town: TestTown, bead: string) =>
  (await get(town, `/beads/${bead}/explain`)).gates.find(({ ok }: { ok: boolean }) => !ok);
const many = (count: number) => Array.from({ length: count }, (_, n) => ({ title: `bead ${n + 1}` }));

test("a host that says how many places it has is asked for no more, and again in the moment a run ends", async () => {
  const town = await aTown();
  await anAgent(town, "a1", "", takes(1));
  await anAgent(town, "a2", "", takes(0));
  await beads(town, ...many(1));
  await quiet(town);
  expect((await rows(town)).town?.full).toMatchObject({ free: 1 });
  await beads(town, ...many(1));
  await quiet(town);
  for (const id of ["a3", "a4"]) await anAgent(town, id, "", takes(0));
  await beads(town, ...many(3));
  await quiet(town);
  expect(await asked(town)).toHaveLength(2);
  expect(await gateOf(town, "lib-3")).toMatchObject({
    gate: "host_full",
    why: expect.stringContaining("0 of its 4 places"),
  });
  expect((await get(town, "/health")).verdict).toBe("healthy");
  expect((await get(town, "/attention")).items).toEqual([]);
  await reports(town, 1, finished);
  expect((await asked(town)).filter(({ agent }) => agent !== null).map(({ bead }) => bead)).toEqual([
    "lib-1",
    "lib-2",
    "lib-3",
    "lib-4", // the host had one more
  ]);
  expect(await gateOf(town, "lib-5")).toMatchObject({ gate: "host_full" });
  expect(await violations(town)).toEqual([]);
});

test("a full host is refused once: no journal fills, no bead pays, nothing spins, and the end of a run opens it", async () => {
  const town = await aTown();
  await anAgent(town, "a0", "accept");
  await beads(town, ...many(1));
  await quiet(town);
  await reports(town, 1, heartbeat);
  await anAgent(town, "a1", "", full);
  await beads(town, ...many(2));
  await quiet(town);
  await anAgent(town, "a2", "accept");
  for (let n = 0; n < 10; n++) {
    await tamper(town, "UPDATE beads SET not_before_ms = 1 WHERE not_before_ms > 0");
    await town.stub().reconcile();
    await quiet(town);
  }
  const { attempts, beads: all } = await rows(town);
  expect(attempts.map(({ failure }) => failure?.code ?? null)).toEqual([null, "at_capacity"]);
  expect(all).toMatchObject([{}, { dispatchFailures: 0, unpaidTries: 0 }, { status: "open" }]);
  expect(await get(town, "/health")).toMatchObject({ verdict: "healthy", cause: null });
  expect((await get(town, "/incidents")).items).toEqual([]);
  expect(await gateOf(town, "lib-3")).toMatchObject({ gate: "host_full", until: expect.any(String) });
  await reports(town, 1, finished);
  expect((await rows(town)).attempts.filter(({ kind }) => kind === "run").length).toBeGreaterThan(2);
  expect(await violations(town)).toEqual([]);
});

test("where nobody tells of a place, one start finds out: after fifteen seconds, and then twice as long each time", async () => {
  const town = await aTown();
  await anAgent(town, "a1", "", full);
  await beads(town, ...many(1));
  await quiet(town);
  const waits: number[] = [];
  for (let n = 0; n < 4; n++) {
    waits.push(Math.round((((await rows(town)).town?.full?.untilMs ?? 0) - Date.now()) / 1_000));
    await tamper(town, "UPDATE town SET full = json_set(full, '$.untilMs', 1)");
    await tamper(town, "UPDATE beads SET not_before_ms = 1");
    await alarm(town);
  }
  expect(waits.map((s) => Math.round(s / 15))).toEqual([1, 2, 4, 8]);
  expect(await asked(town)).toHaveLength(5);
});

test("a disk that is nearly full is its host's: no agent is in trouble, and a report that says otherwise opens it", async () => {
  const town = await aTown();
  await anAgent(town, "a0", "accept");
  await beads(town, ...many(1));
  await quiet(town);
  await anAgent(town, "a1", "disk");
  await beads(town, ...many(1));
  await quiet(town);
  expect(await rows(town)).toMatchObject({
    agents: [{}, { troubles: 0, notBeforeMs: 0 }],
    town: { full: { code: "low_disk", free: 0 } },
  });
  await tamper(town, "UPDATE beads SET not_before_ms = 1");
  expect(await gateOf(town, "lib-2")).toMatchObject({ gate: "host_full", why: expect.stringContaining("12 MiB") });
  const report = { agent: "a0", bead: "lib-1", fence: 1, seq: 1, kind: "heartbeat" as const, agentActiveAtMs: null };
  await town.stub().report({ protocol: 1, bootId: BOOT, reports: [report], room: { places: 4, free: 4 } });
  expect((await rows(town)).town?.full).toBeNull();
});

test.each([{ places: -1, free: 2 }, { places: 1 }, "many", null, { places: 1e300, free: 0 }])(
  "what a host says of its places and can't be is passed over: %j",
  async (room) => {
    const town = await aTown();
    await anAgent(town, "a1", "", answers(202, { accepted: true, bootId: BOOT, room }));
    await beads(town, ...many(1));
    await quiet(town);
    expect(await rows(town)).toMatchObject({ town: { full: null }, attempts: [{ state: "running" }] });
  },
);

test("a joined host is shown with its places, as it said last", async () => {
  const town = await aTown({ settings: { hosts: "external" } });
  const host = await joinedHost(town, "box", () => ({ accepted: true, room: { places: 4, free: 2 } }));
  const shown = async () => (await json(await call("GET", `/v1/towns/${town.name}/hosts/box`))).room;
  expect(await shown()).toBeNull();
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  expect(host.starts()).toHaveLength(1);
  expect(await shown()).toEqual({ free: 2, places: null, lacks: null });
  const { boot } = await json(await call("GET", `/v1/towns/${town.name}/hosts/box`));
  const [{ fence, beadId } = { fence: 0, beadId: "" }] = (await rows(town)).attempts;
  const report = { agent: "ada", bead: beadId, fence, seq: 1, kind: "heartbeat" as const, agentActiveAtMs: null };
  const room = { places: 4, free: 3, lacks: "low_disk" };
  await town.stub().report({ protocol: 1, bootId: boot, reports: [report], room });
  expect(await shown()).toEqual({ free: 3, places: 4, lacks: "low_disk" });
  const { items } = await json(await call("GET", `/v1/towns/${town.name}/hosts`));
  expect(items).toMatchObject([{ id: "box", boot, heardAt: expect.stringMatching(/^20/), room: { places: 4 } }]);
});
