/** Pruning and the clock: when it comes, what an import and a jump ahead do to it, and what is exported. */
import { expect, test } from "vitest";
import { aLandedBead, at, close, DAY, daysPass, ids, keeping, live, looks, one } from "./history-scene.ts";
import { call, json } from "./http.ts";
import { beads, rows, tamper, violations, wakesAt } from "./town.ts";

const midnight = (ms: number) => Math.ceil(ms / DAY) * DAY;

test("a clock that jumps a year ahead takes a week of history along for each day that it stays wrong", async () => {
  const town = await keeping();
  await beads(town, ...Array.from({ length: 30 }, (_, n) => ({ title: `bead ${n}` })));
  for (let n = 1; n <= 30; n++) await close(town, `lib-${n}`);
  await live(town, 8);
  // As if one had been closed on each of the last thirty days, and the clock then jumped.
  await tamper(town, "UPDATE beads SET closed_at_ms = ? - (30 - seq) * ?", Date.now(), DAY);
  await tamper(town, "UPDATE beads SET created_at_ms = closed_at_ms - 1");
  const known = `json_set(pruning, '$.beads.oldestMs', ?, '$.beads.untilMs', ?)`;
  await tamper(town, `UPDATE town SET pruning = ${known}`, Date.now() - 29 * DAY, Date.now() - 30 * DAY);
  await daysPass(town, 365);
  const left = async () => (await ids(town)).length;
  await looks(town);
  expect(await left()).toBe(22);
  await town.stub().reconcile();
  expect(await left()).toBe(22);
  expect(await wakesAt(town)).toBe(midnight(Date.now()));
});

test("a town that keeps everything has no alarm for it; one that does not sleeps until the night in which the oldest is due", async () => {
  const forEver = await keeping({ days: null, logDays: null });
  await beads(forEver, { title: "one" });
  await close(forEver, "lib-1");
  expect(await wakesAt(forEver)).toBeNull();

  const town = await keeping({ days: 3, logDays: null });
  expect(await wakesAt(town)).toBeNull();
  await beads(town, { title: "one" });
  await close(town, "lib-1");
  const { beads: closed } = await rows(town);
  expect(await wakesAt(town)).toBe(midnight((closed[0]?.closedAtMs ?? 0) + 3 * DAY));
  await live(town, 4);
  expect(await ids(town)).toEqual([]);
  expect(await wakesAt(town)).toBeNull();

  // What is wanted from now on holds for what is there.
  await beads(forEver, { title: "two" });
  await daysPass(forEver, 100);
  await json(await call("PATCH", at(forEver, ""), { settings: { retention: { days: 90 } } }));
  await live(forEver, 90);
  expect(await ids(forEver)).toEqual(["lib-2"]);
});

test("what was imported is kept as if it had been over since it came, however long ago that was elsewhere", async () => {
  const town = await keeping();
  const line = { id: "old-1", title: "old", status: "closed", created_at: "2020-01-01T00:00:00Z" };
  const text = JSON.stringify({ ...line, closed_at: "2020-01-02T00:00:00Z" });
  const comes = async () => json(await call("POST", at(town, "/beads:import?rig=lib"), text));
  expect(await comes()).toMatchObject({ created: 1 });
  await live(town, 28);
  expect(await ids(town)).toEqual(["lib-1"]);
  expect(await comes()).toMatchObject({ skipped: 1 });
  await live(town, 10);
  expect(await ids(town)).toEqual([]);
  expect(await comes()).toMatchObject({ created: 1 }); // the town knows no more that it had it
});

test("what is there is exported a page at a time, or all of it", async () => {
  const town = await keeping();
  await beads(town, ...Array.from({ length: 5 }, (_, n) => ({ title: `bead ${n}` })));
  const whole = await (await call("GET", at(town, "/beads:export?rig=lib"))).text();
  let pages = "";
  let cursor: string | null = "";
  for (let page = 0; cursor !== null; page++) {
    expect(page).toBeLessThan(3);
    const answer = await call("GET", at(town, `/beads:export?rig=lib&limit=2${cursor && `&cursor=${cursor}`}`));
    expect(answer.headers.get("content-type")).toBe("application/x-ndjson");
    pages += await answer.text();
    cursor = answer.headers.get("next-cursor");
  }
  expect(pages).toBe(whole);
  expect(whole.trim().split("\n")).toHaveLength(5);
});

test("a record of pruning that can't be read keeps nobody from work", async () => {
  const town = await keeping();
  await aLandedBead(town);
  for (const broken of ["{", '{"look": 1}', "[]"]) {
    await tamper(town, "UPDATE town SET pruning = ?", broken);
    await town.stub().reconcile();
    expect((await rows(town)).town).toMatchObject({ errorStreak: 0, lastError: null });
  }
  await tamper(town, "UPDATE town SET pruning = NULL");
  await tamper(town, "UPDATE beads SET metadata = '{no'");
  await live(town, 40);
  expect(await one(town, "SELECT count(*) AS it FROM beads")).toBe(0);
});

test("what could never be applied goes like the rest, and stays accounted for", async () => {
  const town = await keeping();
  const [bead] = await beads(town, { title: "one" });
  await close(town, bead ?? "");
  for (const atMs of [1, Date.now() + 400 * DAY])
    await tamper(
      town,
      "INSERT INTO events (type, payload, received_at_ms, tries, due_at_ms, quarantined_at_ms) VALUES ('x', '{}', 1, 5, 1, ?)",
      atMs,
    );
  await tamper(town, "UPDATE town SET events_received = events_received + 2");
  await live(town, 40);
  expect((await rows(town)).events.map(({ id }) => id)).toEqual([2]);
  expect(await violations(town)).toEqual([]);
});
