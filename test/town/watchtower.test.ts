/** The watchtower over real objects: what it does to a town that should have woken, and that nothing is doubled by it. */

import { createScheduledController, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test, vi } from "vitest";
import { shardsOfTowers } from "../../src/dos/beacon.ts";
import type { Env } from "../../src/dos/env.ts";
import worker from "../../src/worker.ts";
import { hearLog, words } from "./health-scene.ts";
import { call, json } from "./http.ts";
import {
  alarm,
  anAgent,
  armedAt,
  asked,
  aTown,
  beads,
  finished,
  openGate,
  quiet,
  reports,
  rows,
  type TestTown,
  tamper,
  townNamed,
  violations,
} from "./town.ts";

hearLog();

let towers = 0;

/** A tower of its own that expects this town to have woken a minute ago. */
async function towerOver({ name }: TestTown) {
  if (!env.WATCHTOWER) throw new Error("no watchtower is bound");
  const tower = env.WATCHTOWER.getByName(`test-${++towers}`);
  await tower.expect(name, Date.now() - 60_000);
  return tower;
}

const health = async ({ name }: TestTown) => json(await call("GET", `/v1/towns/${name}/health`));
const incidents = async ({ name }: TestTown) => (await json(await call("GET", `/v1/towns/${name}/incidents`))).items;

test("an alarm that was lost: the town is poked, and does what was due", async () => {
  const town = await aTown({ settings: { backoffBaseMs: 60_000 } });
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  const longAgoMs = Date.now() - 30_000;
  await runInDurableObject(town.stub(), (_town, { storage }) => storage.deleteAlarm());
  await tamper(town, "UPDATE attempts SET lease_until_ms = ?", longAgoMs);
  await tamper(town, "UPDATE town SET next_wake_at_ms = ?", longAgoMs);
  expect(await health(town)).toMatchObject({ verdict: "late" });
  const tower = await towerOver(town);
  await tower.watch();
  await quiet(town);
  expect(await rows(town)).toMatchObject({ attempts: [{ state: "released", failure: { kind: "lost" } }] });
  expect(await armedAt(town)).toBeGreaterThan(Date.now());
  expect(await incidents(town)).toMatchObject([
    { kind: "late", healedBy: "the watchtower", closedAt: expect.any(String) },
  ]);
  expect(words(town)).toEqual(["LATE", "RECOVERED"]);
  expect(await tower.troubles()).toEqual([]);
});

/** Time goes on for whoever asks what time it is, and no timer fires: as in an object that hangs. */
function laterBy(ms: number): void {
  const real = Date.now;
  vi.spyOn(Date, "now").mockImplementation(() => real() + ms);
}

test("a tick that hangs in flight: the town is restarted, goes on where it was, and starts nothing twice", async () => {
  const town = await aTown({ settings: { startDeadlineMs: 40_000 } }); // so that its claim stands that long
  await anAgent(town, "ada", "slow");
  await beads(town, { title: "one" });
  await expect.poll(async () => (await asked(town)).length).toBe(1);
  laterBy(130_000);
  expect(await health(town)).toMatchObject({ verdict: "stalled", evidence: { phase: "effects", agent: "ada" } });
  const tower = await towerOver(town);
  await tower.watch();
  expect(await tower.troubles()).toMatchObject([{ town: town.name, trouble: "restarted", restarts: 1 }]);
  expect(await health(town)).toMatchObject({ verdict: "stalled" }); // until a tick completes
  await openGate(town);
  await alarm(town);
  // Asked more than once for one run: always with the same fence, which the host knows.
  expect(new Set((await asked(town)).map(({ bead, fence }) => `${bead} ${fence}`))).toEqual(new Set(["lib-1 1"]));
  expect(await rows(town)).toMatchObject({ attempts: [{ fence: 1, state: "running" }], effects: [] });
  expect(await health(town)).toMatchObject({ verdict: "healthy", pollStale: false, banner: null });
  expect(await incidents(town)).toMatchObject([
    { kind: "stale", healedBy: "the watchtower", closedAt: expect.any(String) },
  ]);
  expect(words(town)).toEqual(["STALE", "RECOVERED"]);
  expect(await reports(town, 1, finished)).toBe("ok");
  expect(await violations(town)).toEqual([]);
});

test("a town that is well, asleep or paused is left alone", async () => {
  const well = await aTown();
  await anAgent(well, "ada", "accept");
  await beads(well, { title: "one" });
  const paused = await aTown();
  await paused.client().execute("change-town", { paused: { why: "lunch", by: "ann" } });
  await beads(paused, { title: "one" });
  await tamper(paused, "UPDATE town SET poll_started_at_ms = 2, poll_completed_at_ms = 1");
  for (const town of [well, await aTown(), paused]) {
    await quiet(town);
    const [before, said] = [await rows(town), words(town)];
    const tower = await towerOver(town);
    await tower.watch();
    expect(await tower.troubles()).toEqual([]);
    expect(await rows(town)).toEqual(before);
    expect(words(town)).toEqual(said);
  }
});

test("a town that was never made is forgotten", async () => {
  const tower = await towerOver(townNamed("never-made"));
  await tower.watch();
  expect(await tower.troubles()).toEqual([]);
  expect(await runInDurableObject(tower, (_tower, { storage }) => storage.getAlarm())).toBeNull();
});

test("what the towers find is listed for people, and is guarded like everything else", async () => {
  expect(await json(await call("GET", "/v1/watchtower"))).toMatchObject({
    status: 200,
    mode: "heal",
    troubles: expect.any(Array),
  });
  expect((await call("GET", "/v1/watchtower", undefined, "tk_wrong")).status).toBe(401);
});

test("a town tells its tower when it wakes, and cron rings the towers should their own alarms be lost", async () => {
  const town = await aTown({ settings: { backoffBaseMs: 60_000 } });
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  const towers = shardsOfTowers.flatMap((shard) => env.WATCHTOWER?.getByName(shard) ?? []);
  const expecting = await Promise.all(
    towers.map((tower) =>
      runInDurableObject(tower, async (_tower, { storage }) => {
        const rows = storage.sql.exec("SELECT due_ms FROM towns WHERE town = ?", town.name).toArray();
        storage.sql.exec("UPDATE towns SET due_ms = ? WHERE town = ?", Date.now() - 60_000, town.name);
        await storage.deleteAlarm();
        return rows.length;
      }),
    ),
  );
  expect(expecting.toSorted()).toEqual([...Array(towers.length - 1).fill(0), 1]);
  await runInDurableObject(town.stub(), (_town, { storage }) => storage.deleteAlarm());
  await tamper(town, "UPDATE attempts SET lease_until_ms = 1");
  await tamper(town, "UPDATE town SET next_wake_at_ms = ?", Date.now() - 30_000);
  await worker.scheduled(createScheduledController(), env as Env);
  await quiet(town);
  expect(await rows(town)).toMatchObject({ attempts: [{ state: "released" }] });
});
