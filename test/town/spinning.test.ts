/** What is tried again and again in vain, and what is not begun at all: each is named, once. */
import { expect, test } from "vitest";
import { ago, at, breaks, busyTown, get, health, hearLog, incidents, patch, words } from "./health-scene.ts";
import { call, json } from "./http.ts";
import { inReview, items, landing } from "./rig-trouble-scene.ts";
import {
  alarm,
  anAgent,
  armedAt,
  asked,
  aTown,
  beads,
  heartbeat,
  keepsEverything,
  landed,
  quiet,
  reports,
  rows,
  type TestTown,
  tamper,
  timePasses,
} from "./town.ts";

hearLog();

/** As if what is held back had waited long enough. */
const letsGo = (town: TestTown) =>
  tamper(
    town,
    `UPDATE town SET repeats = (SELECT json_group_object(key, json_set(value, '$.notBeforeMs', ?)) FROM json_each(repeats))`,
    ago(1),
  );

test("an action that fails each time: the others go on, it waits longer and longer, and is named as spinning", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await breaks(town, "lib-1");
  await beads(town, { title: "cursed", priority: 0 }, { title: "fine" });
  await quiet(town);
  expect((await asked(town)).map(({ bead }) => bead)).toEqual(["lib-2"]);
  await anAgent(town, "bob", "accept");
  expect(await health(town)).toMatchObject({ verdict: "healthy" });
  // Held back from the first time on: no tick tries it again before its time.
  for (let n = 0; n < 5; n++) await json(await call("POST", at(town, "/reconcile")));
  expect(Object.values((await rows(town)).town?.repeats ?? {})).toMatchObject([{ times: 1 }]);
  const waits: number[] = [];
  for (let times = 2; times <= 6; times++) {
    await letsGo(town);
    const beforeMs = Date.now();
    await alarm(town);
    const [entry] = Object.values((await rows(town)).town?.repeats ?? {});
    expect(entry?.times).toBe(times);
    waits.push((entry?.notBeforeMs ?? 0) - beforeMs);
    expect(await health(town)).toMatchObject({ verdict: times >= 5 ? "spinning" : "healthy" });
  }
  expect(waits.at(-1)).toBeGreaterThan(15_000);
  expect(await health(town)).toMatchObject({
    axis: "converging",
    evidence: { action: "dispatch_agent", target: "lib-1", times: 6, why: expect.stringContaining("cursed") },
    cause: expect.stringContaining("lib-1"),
  });
  expect(words(town)).toEqual(["SPINNING"]);
  expect(await incidents(town)).toMatchObject([{ kind: "spinning", closedAt: null }]);

  // Hundreds of heartbeats are ticks too, and make nobody forget.
  await tamper(town, "UPDATE town SET ticks = ticks + 500");
  expect(await reports(town, 1, heartbeat)).toBe("ok");
  expect(await health(town)).toMatchObject({ verdict: "spinning" });
  expect((await asked(town)).map(({ bead }) => bead)).toEqual(["lib-2"]);

  await tamper(town, "DROP TRIGGER broken");
  await letsGo(town);
  await alarm(town);
  expect((await asked(town)).map(({ bead }) => bead)).toEqual(["lib-2", "lib-1"]);
  expect(await health(town)).toMatchObject({ verdict: "healthy" });
  expect(words(town)).toEqual(["SPINNING", "SETTLED"]);
});

test("what spun and is not tried any more is over, also in a town that sleeps", async () => {
  const town = await aTown({ settings: keepsEverything });
  await anAgent(town, "ada", "accept");
  await breaks(town, "lib-1");
  await beads(town, { title: "cursed" });
  for (let times = 2; times <= 5; times++) {
    await letsGo(town);
    await alarm(town);
  }
  expect(await health(town)).toMatchObject({ verdict: "spinning" });
  await json(await call("POST", at(town, "/beads/lib-1/cancel"), { reason: "cursed" }));
  // It has a wake for that: when it was held back, and five minutes after.
  expect(await armedAt(town)).toBeLessThan(Date.now() + 60_000);
  await tamper(
    town,
    `UPDATE town SET repeats = (SELECT json_group_object(key, json_set(value, '$.notBeforeMs', ?)) FROM json_each(repeats))`,
    ago(10 * 60_000),
  );
  await alarm(town);
  expect(await health(town)).toMatchObject({ verdict: "idle", nextWakeAt: null });
  expect(await armedAt(town)).toBeNull();
  expect(words(town)).toEqual(["SPINNING", "SETTLED"]);
});

test("a bead whose start is refused again and again is named as spinning, and said once", async () => {
  const town = await busyTown("refuse");
  await quiet(town);
  for (let n = 0; n < 6; n++) {
    await timePasses(town);
    await alarm(town);
  }
  expect(await health(town)).toMatchObject({
    verdict: "spinning",
    evidence: { target: "lib-1", failure: { code: "drill" } },
    cause: expect.stringContaining("not today"),
    hint: expect.stringContaining("/beads/lib-1/retry"),
  });
  expect(words(town)).toEqual(["SPINNING"]);
});

test("work and hands beside each other and nothing started for five minutes: starved, with the gate, said once", async () => {
  const town = await aTown({ settings: { startsPerMinute: 1 } });
  await anAgent(town, "ada", "accept");
  await anAgent(town, "bob", "accept");
  await beads(town, { title: "one" }, { title: "two" });
  await quiet(town);
  await json(await call("POST", at(town, "/reconcile")));
  expect((await rows(town)).town?.starvingSinceMs).toBeGreaterThan(ago(60_000));
  expect(await health(town)).toMatchObject({ verdict: "healthy" });
  await tamper(town, "UPDATE town SET starving_since_ms = ?", ago(5 * 60_000));
  await alarm(town);
  expect(await health(town)).toMatchObject({
    verdict: "starved",
    axis: "productive",
    evidence: { gate: "starts_per_minute", ready: 1, free: 1 },
    hasStuckQueue: false,
    banner: null,
  });
  // Nothing wakes it for that any more than it would have woken.
  expect(await armedAt(town)).toBeGreaterThan(Date.now() + 10_000);
  await alarm(town);
  expect(words(town)).toEqual(["STARVED"]);
  await patch(town, "", { settings: { startsPerMinute: 100 } });
  expect(await health(town)).toMatchObject({ verdict: "healthy" });
  expect(words(town)).toEqual(["STARVED", "FED"]);
});

test("no host that joins is there: starved, and the metrics name the gate", async () => {
  const town = await aTown({ settings: { hosts: "external" } });
  await json(await call("POST", at(town, "/hosts"), { id: "box" }));
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  expect(await (await call("GET", at(town, "/metrics"))).text()).toMatch(/refused_starts\{.*gate="no_host"\} 1\n/);
  await tamper(town, "UPDATE town SET starving_since_ms = ?", ago(5 * 60_000));
  await alarm(town);
  expect(await health(town)).toMatchObject({ verdict: "starved", evidence: { gate: "no_host", ready: 1 } });
});

test("no host that joins is there for what is to land: starved, though no agent need be free", async () => {
  const town = await inReview(2);
  await json(await call("POST", at(town, "/hosts"), { id: "box" }));
  await patch(town, "", { settings: { hosts: "external" } });
  await reports(town, (await landing(town)).fence, landed);
  await quiet(town);
  expect(await health(town)).toMatchObject({ verdict: "healthy" });
  const sinceMs = (await rows(town)).town?.starvingSinceMs ?? 0;
  expect(sinceMs).toBeGreaterThan(ago(60_000));
  expect(await armedAt(town)).toBeLessThanOrEqual(sinceMs + 5 * 60_000);
  await tamper(town, "UPDATE town SET starving_since_ms = ?", ago(5 * 60_000));
  await alarm(town);
  expect(await health(town)).toMatchObject({
    verdict: "starved",
    evidence: { gate: "no_host", ready: 0, toLand: 1 },
    cause: "1 bead of rig lib to land, no host to do it, and nothing was started for 5 minutes",
  });
  expect(await items(town)).toMatchObject([{ kind: "starved", target: { type: "rig", id: "lib" } }]);
  await patch(town, "", { settings: { hosts: "own" } });
  expect(await health(town)).toMatchObject({ verdict: "healthy" });
  expect(await items(town)).toEqual([]);
});

test("a bead that waits on a hook for a host that is not there starves its town as well", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "refuse");
  await beads(town, { title: "begun once" });
  await quiet(town);
  expect((await rows(town)).agents).toMatchObject([{ status: "idle", beadId: "lib-1" }]);
  await json(await call("PATCH", at(town, ""), { settings: { hosts: "external" } }));
  await json(await call("POST", at(town, "/hosts"), { id: "box" }));
  await timePasses(town);
  await json(await call("POST", at(town, "/reconcile")));
  expect((await rows(town)).town?.starvingSinceMs).not.toBeNull();
  await tamper(town, "UPDATE town SET starving_since_ms = ?", ago(6 * 60_000));
  const { verdict, hint } = await json(await call("POST", at(town, "/reconcile")));
  expect({ verdict, hint }).toEqual({ verdict: "starved", hint: expect.stringMatching(/No host is connected/) });
  expect((await get(town, "/attention")).items).toMatchObject([
    {
      kind: "starved",
      target: { type: "rig", id: "lib" },
      verb: null,
      hint: expect.stringContaining("start the host program"),
    },
  ]);
  expect(await json(await call("DELETE", at(town, "/hosts/box")))).toMatchObject({ status: 409, code: "last_host" });
});
