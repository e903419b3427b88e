/** Paused, draining and disabled: what goes on to its end, and what does not begin. */
import { expect, test } from "vitest";
import { ago, at, busyTown, get, health, hearLog, incidents, looks, patch, words } from "./health-scene.ts";
import { call, json } from "./http.ts";
import {
  alarm,
  anAgent,
  asked,
  aTown,
  beads,
  finished,
  heartbeat,
  landed,
  quiet,
  reports,
  rows,
  tamper,
} from "./town.ts";

hearLog();

test("paused: nothing starts, nothing is alarming, nothing is repeated; resumed, all goes on", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  const until = new Date(Date.now() + 3_600_000).toISOString();
  const paused = { why: "a release", by: "ann", until };
  expect(await patch(town, "", { paused })).toMatchObject({ paused: { ...paused, since: expect.any(String) } });
  await beads(town, ...Array.from({ length: 50 }, (_, n) => ({ title: `bead ${n}` })));
  for (let n = 0; n < 5; n++) await json(await call("POST", at(town, "/reconcile")));
  expect(await asked(town)).toEqual([]);
  expect(await health(town)).toMatchObject({
    verdict: "paused",
    axis: null,
    evidence: { by: "ann", why: "a release", until },
    cause: expect.stringContaining(until),
    hint: expect.stringContaining("null"),
    pollStale: false,
    hasStuckQueue: false,
    readyUnassignedBeads: 50,
    nextWakeAt: until,
    banner: null,
  });
  // What would be stale is not, while it is paused on purpose.
  await tamper(town, "UPDATE town SET poll_started_at_ms = 2, poll_completed_at_ms = 1");
  await looks(town);
  expect(await health(town)).toMatchObject({ verdict: "paused", pollStale: false });
  await tamper(town, "UPDATE town SET poll_started_at_ms = 1");
  expect(words(town)).toEqual(["PAUSED"]);
  expect(await incidents(town)).toEqual([]);

  await patch(town, "", { paused: null });
  expect(await asked(town)).toHaveLength(1);
  expect(await health(town)).toMatchObject({ verdict: "healthy" });
  expect(words(town)).toEqual(["PAUSED", "UNPAUSED"]);
});

test("a pause ends by itself when its time comes; should no tick come to end it, that is a stall", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await patch(town, "", { paused: { why: "lunch", until: new Date(Date.now() + 3_600_000).toISOString() } });
  await beads(town, { title: "one" });
  const endedAtMs = ago(130_000);
  const pause = JSON.stringify({ by: "operator", why: "lunch", sinceMs: 1, untilMs: endedAtMs });
  await tamper(town, "UPDATE town SET paused = ?, next_wake_at_ms = ?", pause, endedAtMs);
  expect(await health(town)).toMatchObject({ verdict: "stalled", pollStale: true });
  await alarm(town);
  expect(await get(town, "")).toMatchObject({ paused: null });
  expect(await asked(town)).toHaveLength(1);
  expect(await health(town)).toMatchObject({ verdict: "healthy" });
});

test("what runs when a pause begins goes on to its end, and its landing waits", async () => {
  const town = await busyTown("accept");
  await quiet(town);
  await patch(town, "", { paused: { why: "a release" } });
  expect(await reports(town, 1, heartbeat)).toBe("ok");
  expect(await reports(town, 1, finished)).toBe("ok");
  expect(await rows(town)).toMatchObject({ beads: [{ status: "in_review" }], attempts: [{ state: "finished" }] });
  await patch(town, "", { paused: null });
  expect(await rows(town)).toMatchObject({ attempts: [{}, { kind: "landing", state: "running" }] });
});

test("draining: what runs ends and lands, and nothing new starts", async () => {
  const town = await busyTown("accept", 1, 2);
  await quiet(town);
  expect(await patch(town, "", { draining: true })).toMatchObject({ draining: true });
  expect(await health(town)).toMatchObject({ verdict: "draining", evidence: { live: 1 }, hasStuckQueue: false });
  await reports(town, 1, finished);
  expect(await rows(town)).toMatchObject({ attempts: [{}, { kind: "landing", state: "running" }] });
  await reports(town, 2, landed);
  await alarm(town);
  expect(await rows(town)).toMatchObject({ beads: [{ status: "closed" }, { status: "open" }] });
  expect((await asked(town)).map(({ agent }) => agent)).toEqual(["agent-1", null]);
  expect(await health(town)).toMatchObject({ verdict: "draining", evidence: { live: 0 }, banner: null });
  await patch(town, "", { draining: false });
  expect(await rows(town)).toMatchObject({ beads: [{ status: "closed" }, { status: "in_progress" }] });
  expect(words(town)).toEqual(["DRAINING", "NO"]);
});

test("a disabled agent finishes what it does, and gets nothing else", async () => {
  const town = await busyTown("accept", 1, 2);
  await quiet(town);
  await patch(town, "/agents/agent-1", { enabled: false });
  expect(await reports(town, 1, heartbeat)).toBe("ok");
  expect(await reports(town, 1, finished)).toBe("ok");
  expect(await rows(town)).toMatchObject({
    agents: [{ status: "idle", enabled: false }],
    beads: [{ status: "in_review" }, { status: "open" }],
  });
});

test("a pause of a rig and one of an agent have a line each way", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  for (const path of ["/rigs/lib", "/agents/ada"]) {
    await patch(town, path, { paused: { why: "a release", by: "ann" } });
    await patch(town, path, { paused: { why: "another", by: "ann" } });
    await patch(town, path, { paused: null });
    expect(words(town)).toEqual(["PAUSED", "UNPAUSED"].concat(path === "/rigs/lib" ? [] : ["PAUSED", "UNPAUSED"]));
  }
});
