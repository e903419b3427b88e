import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import {
  alarm,
  anAgent,
  armedAt,
  asked,
  aTown,
  beads,
  crash,
  failed,
  heartbeat,
  keepsEverything,
  quiet,
  reports,
  rows,
  tamper,
  timePasses,
  violations,
} from "./town.ts";

test("a crash between commit and effect loses nothing: the same attempt is driven again under the same fence", async () => {
  const town = await aTown({ settings: { startDeadlineMs: 5_000 } });
  await anAgent(town, "ada", "hang"); // the start is on its way when the object dies
  await beads(town, { title: "one" });
  await expect.poll(async () => (await asked(town)).length).toBe(1);
  expect(await rows(town)).toMatchObject({
    agents: [{ status: "starting", fence: 1 }],
    effects: [{ fence: 1, tries: 1 }],
  });
  await crash(town);

  await tamper(town, `UPDATE agents SET command = '["accept"]'`);
  await alarm(town);
  expect(await asked(town)).toMatchObject([
    { fence: 1, how: "hang" },
    { fence: 1, how: "accept" },
  ]);
  expect(await rows(town)).toMatchObject({
    agents: [{ status: "working", fence: 1 }],
    attempts: [{ fence: 1, state: "running" }],
    effects: [],
  });
  expect(await violations(town)).toEqual([]);
});

test("after a crash any entry brings the loop back, not only the alarm", async () => {
  const town = await aTown({ settings: { startDeadlineMs: 5_000 } });
  await anAgent(town, "ada", "hang");
  await beads(town, { title: "one" });
  await expect.poll(async () => (await asked(town)).length).toBe(1);
  await crash(town);
  await tamper(town, `UPDATE agents SET command = '["accept"]'`);
  await beads(town, { title: "two" });
  await quiet(town);
  expect(await rows(town)).toMatchObject({ agents: [{ status: "working", fence: 1, beadId: "lib-1" }] });
});

test("an eviction loses memory only: the lease stands, and the heartbeat that follows counts", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  const [before, armed] = [await rows(town), await armedAt(town)];
  await evictDurableObject(town.stub());
  expect(await rows(town)).toEqual(before);
  expect(await armedAt(town)).toBe(armed);
  expect(await reports(town, 1, heartbeat)).toBe("ok");
  expect(await asked(town)).toHaveLength(1);
});

test("an effect whose runner keeps dying is rolled back instead of tried for ever", async () => {
  const town = await aTown({ settings: { startDeadlineMs: 5_000 } });
  await anAgent(town, "ada", "hang");
  await beads(town, { title: "one" });
  await expect.poll(async () => (await asked(town)).length).toBe(1);
  await crash(town);
  await tamper(town, "UPDATE effects SET tries = 5");
  await alarm(town);
  expect(await rows(town)).toMatchObject({
    agents: [{ status: "idle", beadId: "lib-1" }],
    attempts: [{ state: "released", failure: { kind: "lost", code: "runner_died" } }],
    effects: [],
  });
});

test("a poison event is quarantined after five tries with its error, and never stops the others", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await tamper(
    town,
    `INSERT INTO events (type, payload, received_at_ms, tries, due_at_ms) VALUES ('no_such_event', '{}', 1, 0, 1)`,
  );
  await tamper(town, "UPDATE town SET events_received = events_received + 1");
  await beads(town, { title: "one" });
  await quiet(town);
  expect((await rows(town)).agents).toMatchObject([{ status: "working" }]); // the good one went through beside it
  for (let i = 0; i < 6; i++) {
    await timePasses(town);
    await alarm(town);
  }
  const [event] = (await rows(town)).events;
  expect(event).toMatchObject({ tries: 5, error: expect.stringContaining("no_such_event") });
  expect(event?.quarantinedAtMs).not.toBeNull();
  expect(await violations(town)).toEqual([]);
});

/** Without this table no pass comes to its end. */
const BROKEN = "ALTER TABLE effects RENAME TO away";
const MENDED = "ALTER TABLE away RENAME TO effects";

test("a tick that throws leaves the alarm armed and its failure on record, and recovers by itself", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await tamper(town, "UPDATE town SET next_wake_at_ms = 1");
  await tamper(town, BROKEN);
  await runInDurableObject(town.stub(), (_town, { storage }) => storage.setAlarm(Date.now() + 60_000));
  for (let i = 1; i <= 8; i++) {
    // The platform would drop an alarm that throws for ever after six retries: this one never throws.
    await alarm(town);
    expect(await armedAt(town)).toBeGreaterThan(Date.now() - 100);
  }
  // Eight in a row: it comes back in half a minute to a minute, not at full speed.
  expect(await armedAt(town)).toBeGreaterThan(Date.now() + 25_000);
  await tamper(town, MENDED);
  expect((await rows(town)).town).toMatchObject({ errorStreak: 8, lastError: expect.stringMatching(/no such table/) });
  await beads(town, { title: "one" });
  await quiet(town);
  expect(await rows(town)).toMatchObject({ town: { errorStreak: 0 }, agents: [{ status: "working" }] });
});

test("a report that arrives while ticks throw is kept and counts later", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  await tamper(town, BROKEN);
  const told = {
    kind: "failed" as const,
    agent: "ada",
    bead: "lib-1",
    fence: 1,
    seq: 9,
    failure: "agent_failed" as const,
    code: "exit_code",
    message: "m",
    outputTail: "",
  };
  const answer = await town.stub().report({ protocol: 1, bootId: "b", reports: [told] });
  expect(answer).toEqual({ ok: true, value: [{ seq: 9, verdict: "pending" }] });
  await tamper(town, MENDED);
  await timePasses(town);
  await alarm(town);
  expect((await rows(town)).attempts).toMatchObject([{ state: "failed" }]);
  expect(await violations(town)).toEqual([]);
});

test("nothing due: the alarm is gone, and a dead-man is set only while there is something to come back for", async () => {
  const town = await aTown({ settings: keepsEverything });
  expect(await armedAt(town)).toBeNull();
  await anAgent(town, "ada", "accept");
  expect(await armedAt(town)).toBeNull();
  const [bead] = await beads(town, { title: "one" });
  await quiet(town);
  expect(await armedAt(town)).not.toBeNull();
  for (let fence = 1; fence <= 3; fence++) {
    await reports(town, fence, failed());
    await timePasses(town);
    await alarm(town);
  }
  expect((await rows(town)).beads).toMatchObject([{ id: bead, status: "failed" }]);
  expect(await armedAt(town)).toBeNull();
});

test("a lost alarm is back with the next question anybody asks", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  const armed = await armedAt(town);
  await runInDurableObject(town.stub(), (_town, { storage }) => storage.deleteAlarm());
  await evictDurableObject(town.stub());
  await town.client().query("read-health", {});
  expect(await armedAt(town)).toBe(armed);
});

test("a due time beyond what the platform can set an alarm for only makes the town look sooner", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await tamper(town, "UPDATE agents SET not_before_ms = 9e15");
  await beads(town, { title: "one" });
  expect(await armedAt(town)).toBeLessThan(Date.now() + 31 * 86_400_000);
  await tamper(town, "UPDATE agents SET not_before_ms = 0");
  await alarm(town);
  expect(await rows(town)).toMatchObject({ beads: [{ status: "in_progress" }] });
});
