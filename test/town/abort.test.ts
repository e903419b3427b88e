/** The object dies at each await of a dispatch. What comes after it drives the same attempt under the same fence. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, expect, test, vi } from "vitest";
import { beadInput } from "../../src/commands/inputs.ts";
import {
  alarm,
  anAgent,
  armedAt,
  asked,
  aTown,
  beads,
  crash,
  finished,
  heartbeat,
  openGate,
  quiet,
  reports,
  rows,
  type TestTown,
  tamper,
  violations,
} from "./town.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

/** Dies when the call to the host has got as far as this. Everything written until then is on disk. */
async function diesAt(town: TestTown, point: "before" | "after"): Promise<{ died: () => boolean }> {
  const real = globalThis.fetch;
  let died = false;
  await runInDurableObject(town.stub(), (_town, state) => {
    const die = async () => {
      await state.storage.sync();
      died = true;
      state.abort(`crash ${point} the call`);
    };
    vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
      if (died || !String(input).includes("/v1/")) return real(input, init);
      if (point === "before") await die();
      const response = await real(input, init);
      const text = await response.text();
      if (point === "after") await die();
      return new Response(text, response);
    });
  });
  return { died: () => died };
}

/** Each way in which a town gets its first tick after a crash. */
const wakings = {
  "its alarm": alarm,
  "a fact": async (town: TestTown) => {
    await beads(town, { title: "another" });
    await quiet(town);
  },
};
type Waking = keyof typeof wakings;

async function expectRecovered(town: TestTown, ticksBefore: number): Promise<void> {
  const now = await rows(town);
  expect(now).toMatchObject({
    agents: [{ status: "working", fence: 1, beadId: "lib-1" }],
    attempts: [{ fence: 1, state: "running" }],
    effects: [],
  });
  expect((now.town?.ticks ?? 0) - ticksBefore).toBeLessThanOrEqual(2);
  const starts = (await asked(town)).map(({ agent, bead, fence }) => `${agent} ${bead} ${fence}`);
  expect(new Set(starts)).toEqual(new Set(["ada lib-1 1"]));
  expect(await violations(town)).toEqual([]);
  expect(await armedAt(town)).toBeGreaterThan(Date.now() - 100);
  // It is one run: it is heard, and finishes once.
  expect(await reports(town, 1, heartbeat)).toBe("ok");
  expect(await reports(town, 1, finished)).toBe("ok");
  expect(await reports(town, 1, finished)).toBe("duplicate");
}

const ticksOf = async (town: TestTown): Promise<number> => (await rows(town)).town?.ticks ?? 0;

for (const waking of Object.keys(wakings) as Waking[]) {
  test.each([
    ["before the host is asked", "before", 0],
    ["after the host's answer, before it is settled", "after", 1],
  ] as const)(`the object dies %s, and ${waking} brings it back`, async (_name, point, heardBefore) => {
    const town = await aTown();
    await anAgent(town, "ada", "accept");
    const { died } = await diesAt(town, point);
    await beads(town, { title: "one" }).catch(() => undefined);
    await expect.poll(died).toBe(true);
    expect(await asked(town)).toHaveLength(heardBefore);
    expect(await rows(town)).toMatchObject({ agents: [{ status: "starting", fence: 1 }], effects: [{ tries: 1 }] });
    const ticks = await ticksOf(town);
    await wakings[waking](town);
    await expectRecovered(town, ticks);
  });

  test(`the object dies while the host's answer is on its way, and ${waking} brings it back`, async () => {
    const town = await aTown();
    await anAgent(town, "ada", "slow");
    await beads(town, { title: "one" });
    await expect.poll(async () => (await asked(town)).length).toBe(1);
    await crash(town);
    await openGate(town);
    const ticks = await ticksOf(town);
    await wakings[waking](town);
    await expectRecovered(town, ticks);
  });

  test(`the object dies between its alarm's arming and its tick, and ${waking} brings it back`, async () => {
    const town = await aTown();
    await anAgent(town, "ada", "slow");
    await beads(town, { title: "one" });
    await expect.poll(async () => (await asked(town)).length).toBe(1);
    await crash(town);
    await openGate(town);
    let died = false;
    await runInDurableObject(town.stub(), (_town, state) => {
      const sync = state.storage.sync.bind(state.storage);
      vi.spyOn(state.storage, "sync").mockImplementation(async () => {
        await sync();
        died = true;
        state.abort("crash in the alarm");
      });
    });
    await runDurableObjectAlarm(town.stub()).catch(() => undefined);
    expect(died).toBe(true);
    expect(await armedAt(town)).toBeGreaterThan(Date.now());
    const ticks = await ticksOf(town);
    await wakings[waking](town);
    await expectRecovered(town, ticks);
  });
}

test("the object dies in the very turn that created a bead: all of it is there, or nothing", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await runInDurableObject(town.stub(), (object, state) => {
    const bead = beadInput.parse({ rig: "lib", title: "one" });
    void object.execute("create-beads", { beads: [{ ...bead, dependsOn: [] }] });
    state.abort("crash");
  }).catch(() => undefined);
  expect(await violations(town)).toEqual([]);
  if ((await rows(town)).beads.length === 0) await beads(town, { title: "one" });
  else await alarm(town);
  await quiet(town);
  expect(await rows(town)).toMatchObject({ agents: [{ status: "working", fence: 1 }], effects: [] });
  expect(await asked(town)).toHaveLength(1);
});

test("the object dies while it waits for a host that never answers: the next one keeps the deadline", async () => {
  const town = await aTown({ settings: { startDeadlineMs: 300 } });
  await anAgent(town, "ada", "hang");
  await beads(town, { title: "one" });
  await expect.poll(async () => (await asked(town)).length).toBe(1);
  await crash(town);
  await alarm(town);
  expect(await rows(town)).toMatchObject({
    agents: [{ status: "idle", fence: null, beadId: "lib-1" }],
    attempts: [{ fence: 1, state: "released", failure: { kind: "timed_out" } }],
    effects: [],
  });
  expect(await violations(town)).toEqual([]);
  expect(await armedAt(town)).not.toBeNull();
});

test("the object dies with every slot taken: all of them are driven again, and those that queued get theirs", async () => {
  const town = await aTown();
  const names = Array.from({ length: 9 }, (_, n) => `agent-${n + 1}`);
  for (const name of names) await anAgent(town, name, "slow");
  await beads(town, ...names.map((title) => ({ title })));
  await expect.poll(async () => (await asked(town)).length).toBe(3);
  await crash(town);
  await openGate(town);
  await alarm(town);
  const now = await rows(town);
  expect(now.agents.map(({ status }) => status)).toEqual(names.map(() => "working"));
  expect(now.attempts.map(({ fence, state }) => [fence, state])).toEqual(names.map((_, n) => [n + 1, "running"]));
  const starts = await asked(town);
  expect(new Set(starts.map(({ agent, bead, fence }) => `${agent} ${bead} ${fence}`)).size).toBe(names.length);
  expect(starts).toHaveLength(names.length + 3);
  expect(await violations(town)).toEqual([]);
});

test("an object that dies at every single call still gets there, as long as it may now and then answer", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  for (let crash = 1; crash <= 4; crash++) {
    const { died } = await diesAt(town, crash % 2 ? "after" : "before");
    if (crash === 1) await beads(town, { title: "one" }).catch(() => undefined);
    else await alarm(town).catch(() => undefined);
    await expect.poll(died).toBe(true);
    vi.restoreAllMocks();
  }
  const ticks = await ticksOf(town);
  await alarm(town);
  await expectRecovered(town, ticks);
});

test("an evicted town goes on with its rows, the alarm as it stood", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" }, { title: "two" });
  await quiet(town);
  for (const lose of [() => evictDurableObject(town.stub()), () => crash(town)]) {
    const [before, armed] = [await rows(town), await armedAt(town)];
    await lose();
    expect(await rows(town)).toEqual(before);
    expect(await armedAt(town)).toBe(armed);
  }
  expect(await reports(town, 1, finished)).toBe("ok");
  expect((await rows(town)).agents).toMatchObject([{ status: "working", fence: expect.any(Number) }]);
  expect(await violations(town)).toEqual([]);
});

/** Makes passes throw, or with `record` even the writing down of that. */
const breakTown = (town: TestTown, record: boolean) =>
  tamper(
    town,
    `CREATE TRIGGER broken BEFORE UPDATE ON town ${record ? "" : "WHEN NEW.error_streak = 0"}
     BEGIN SELECT RAISE(ABORT, 'the disk is in a mood'); END`,
  );

test.each([
  ["the pass", false],
  ["the pass and its failure's record", true],
])(
  "seven alarms in a row in which %s throws: an eighth is armed, and once it is mended the town heals",
  async (_name, record) => {
    const town = await aTown();
    await anAgent(town, "ada", "accept");
    await beads(town, { title: "one" });
    await quiet(town);
    await breakTown(town, record);
    for (let i = 1; i <= 7; i++) {
      expect(await runDurableObjectAlarm(town.stub())).toBe(true); // it was armed, and did not throw
      if (i === 4) await evictDurableObject(town.stub());
    }
    expect(await armedAt(town)).toBeGreaterThan(Date.now() - 100);
    const health = await town.client().query("read-health", {});
    expect(health).toMatchObject({ ok: true, value: { errorStreak: record ? 0 : 7 } });
    if (!record) expect(health).toMatchObject({ value: { lastError: expect.stringContaining("mood") } });
    await tamper(town, "DROP TRIGGER broken");
    await alarm(town);
    expect(await town.client().query("read-health", {})).toMatchObject({ value: { errorStreak: 0, lastError: null } });
    expect(await reports(town, 1, heartbeat)).toBe("ok");
    expect(await violations(town)).toEqual([]);
  },
);
