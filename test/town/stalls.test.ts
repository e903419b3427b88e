/** Ticks that hang, come late or fail: what health says meanwhile, and what is on record of it afterwards. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { expect, test, vi } from "vitest";
import { ago, busyTown, get, health, hearLog, incidents, looks, promptHealth, words } from "./health-scene.ts";
import { alarm, asked, openGate, quiet, tamper, violations } from "./town.ts";

hearLog();

test("a tick that hangs in flight: health answers all the same, says stalled once, and recovers once", async () => {
  const town = await busyTown("slow");
  await expect.poll(async () => (await asked(town)).length).toBe(1);
  expect(await promptHealth(town)).toMatchObject({ verdict: "healthy", pollStale: false });
  const startedAtMs = ago(125_000);
  await tamper(town, "UPDATE town SET poll_started_at_ms = ?, poll_completed_at_ms = ?", startedAtMs, startedAtMs - 1);
  const stalled = await promptHealth(town);
  expect(stalled).toMatchObject({
    verdict: "stalled",
    axis: "ticking",
    pollStale: true,
    since: new Date(startedAtMs).toISOString(),
    evidence: { inFlight: true, phase: "effects", effect: "dispatch_agent", agent: "agent-1", bead: "lib-1", fence: 1 },
    banner: { level: "red", text: expect.stringContaining("for over 2 minutes.") },
  });
  await looks(town);
  await looks(town);
  expect(await incidents(town)).toMatchObject([{ kind: "stale", closedAt: null, evidence: { inFlight: true } }]);
  const noticed = await health(town);
  expect(noticed).toMatchObject({ verdict: "stalled", incident: 1, banner: { key: stalled.banner.key } });
  await openGate(town);
  await quiet(town);
  expect(await health(town)).toMatchObject({ verdict: "healthy", pollStale: false, banner: null });
  expect(await incidents(town)).toMatchObject([{ kind: "stale", healedBy: "the loop itself" }]);
  expect((await incidents(town))[0].closedAt).not.toBeNull();
  expect(words(town)).toEqual(["STALE", "RECOVERED"]);
  expect(await violations(town)).toEqual([]);
});

test("an alarm that hangs on the disk: health answers all the same, and calls it late, then stalled", async () => {
  const town = await busyTown("refuse");
  await quiet(town);
  const disk = Promise.withResolvers<void>();
  await runInDurableObject(town.stub(), (_town, state) => {
    vi.spyOn(state.storage, "sync").mockImplementation(() => disk.promise);
  });
  const ringing = runDurableObjectAlarm(town.stub());
  await tamper(town, "UPDATE town SET next_wake_at_ms = ?", ago(6_000));
  expect(await promptHealth(town)).toMatchObject({ verdict: "late", axis: "ticking", pollStale: false });
  await tamper(town, "UPDATE town SET next_wake_at_ms = ?", ago(121_000));
  expect(await promptHealth(town)).toMatchObject({
    verdict: "stalled",
    pollStale: true,
    evidence: { inFlight: false },
    banner: { level: "red" },
  });
  await looks(town);
  expect(words(town)).toEqual(["STALE"]);
  disk.resolve();
  await ringing;
  await quiet(town);
  expect(await health(town)).toMatchObject({ verdict: "healthy", pollStale: false });
  expect(words(town)).toEqual(["STALE", "RECOVERED"]);
});

test("a tick that is overdue and was never begun is put on record by the tick that comes at last", async () => {
  const town = await busyTown("accept");
  await quiet(town);
  await tamper(town, "UPDATE town SET next_wake_at_ms = ?", ago(121_000));
  await alarm(town);
  expect(words(town)).toEqual(["STALE", "RECOVERED"]);
  expect(await incidents(town)).toMatchObject([{ kind: "stale", evidence: { inFlight: false } }]);
  expect(await health(town)).toMatchObject({ verdict: "healthy", incident: null });
});

test("ticks that fail are told once as a streak, and once when they succeed again; each leaves its error", async () => {
  const town = await busyTown("accept");
  await quiet(town);
  await tamper(town, "ALTER TABLE effects RENAME TO away");
  for (let n = 0; n < 6; n++) await alarm(town);
  expect(await health(town)).toMatchObject({
    verdict: "spinning",
    axis: "converging",
    errorStreak: 6,
    lastError: expect.stringMatching(/no such table/),
    pollStale: false,
  });
  const { items } = await get(town, "/ticks?limit=2");
  expect(items).toMatchObject([{ error: expect.stringMatching(/no such table/) }, {}]);
  const { lastPollCompletedAt, lastPollSucceededAt } = await health(town);
  expect(Date.parse(lastPollCompletedAt)).toBeGreaterThanOrEqual(Date.parse(lastPollSucceededAt));
  await tamper(town, "ALTER TABLE away RENAME TO effects");
  await alarm(town);
  expect(await health(town)).toMatchObject({ verdict: "healthy", errorStreak: 0, lastError: null });
  expect(words(town)).toEqual(["FAILING", "SUCCEEDING"]);
  expect(await incidents(town)).toMatchObject([{ kind: "failing", closedAt: expect.any(String) }]);
});
