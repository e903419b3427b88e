/** How long history is kept, and how it goes. Days pass by setting every time that stands anywhere back by them. */
import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import type { Retention } from "../../src/lib/retention.ts";
import type { Report } from "../../src/protocol/protocol.ts";
import { call, json } from "./http.ts";
import {
  alarm,
  anAgent,
  armedAt,
  aTown,
  beads,
  finished,
  landed,
  ok,
  quiet,
  reports,
  rows,
  type TestTown,
  tamper,
  violations,
} from "./town.ts";

const DAY = 86_400_000;
const midnight = (ms: number) => Math.ceil(ms / DAY) * DAY;

const at = ({ name }: TestTown, path: string) => `/v1/towns/${name}${path}`;
const get = async (town: TestTown, path: string) => json(await call("GET", at(town, path)));
const post = async (town: TestTown, path: string, body: unknown) => json(await call("POST", at(town, path), body));

const keeping = (retention: Partial<Retention> = {}) =>
  aTown({ settings: { retention: { ...forAMonth, ...retention } } });
const forAMonth: Retention = { days: 30, logDays: 7 };

async function daysPass(town: TestTown, days: number): Promise<void> {
  const columns = {
    town: ["created_at_ms", "clock_ms", "next_wake_at_ms", "poll_started_at_ms", "poll_completed_at_ms"],
    beads: ["created_at_ms", "updated_at_ms", "closed_at_ms"],
    attempts: ["started_at_ms", "accepted_at_ms", "ended_at_ms", "lease_until_ms"],
    convoys: ["created_at_ms", "closed_at_ms"],
  };
  for (const [table, names] of Object.entries(columns))
    await tamper(town, `UPDATE ${table} SET ${names.map((name) => `${name} = ${name} - ${days * DAY}`).join(", ")}`);
  for (const path of ["lookedAtMs", "beads.untilMs", "beads.oldestMs", "logs.untilMs", "logs.oldestMs"])
    await tamper(
      town,
      `UPDATE town SET pruning = json_set(pruning, '$.${path}', json_extract(pruning, '$.${path}') - ${days * DAY})
        WHERE json_extract(pruning, '$.${path}') IS NOT NULL`,
    );
  await tamper(
    town,
    `UPDATE beads SET metadata = json_set(metadata, '$.bd.atMs', json_extract(metadata, '$.bd.atMs') - ${days * DAY})
      WHERE json_valid(metadata) AND json_extract(metadata, '$.bd.atMs') IS NOT NULL`,
  );
}

/** As many alarms as a look takes, none of which is waited for. */
async function looks(town: TestTown): Promise<void> {
  await town.stub().reconcile();
  for (let step = 0; step < 100; step++) {
    if ((await one(town, "SELECT json_extract(pruning, '$.look') AS it FROM town")) === null) return;
    await tamper(town, "UPDATE town SET pruning = json_set(pruning, '$.look.steppedAtMs', 1)");
    await town.stub().reconcile();
    await quiet(town);
  }
  throw new Error("the look does not end");
}

/** So many days of a town that looks every day. */
async function live(town: TestTown, days: number, each = 6): Promise<void> {
  for (let left = days; left > 0; left -= each) {
    await daysPass(town, Math.min(each, left));
    await looks(town);
  }
}

const one = ({ stub }: TestTown, query: string) =>
  runInDurableObject(stub(), (_town, { storage: { sql } }) => sql.exec(query).one().it);
const ids = async (town: TestTown) => (await rows(town)).beads.map(({ id }) => id);
const close = (town: TestTown, bead: string) => post(town, `/beads/${bead}/close`, { reason: "done" });

/** One bead that was run and has landed, with a log. */
async function aLandedBead(town: TestTown): Promise<void> {
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  await reports(town, 1, { kind: "log", text: "all is well" } as never);
  await reports(town, 1, finished);
  await reports(town, 2, landed);
}

test("a bead that has been over for longer than it is kept goes with all that belongs to it, and the town says so", async () => {
  const town = await keeping();
  await aLandedBead(town);
  await beads(town, { title: "two", dependsOn: ["lib-1"] }, { title: "three" });
  await quiet(town);
  await post(town, "/beads/lib-2/cancel", { reason: "no" });
  await post(town, "/beads/lib-3/cancel", { reason: "no" });
  await quiet(town);
  expect(await get(town, "")).toMatchObject({ pruned: { beads: 0, attempts: 0, through: null } });

  await live(town, 25);
  expect(await ids(town)).toEqual(["lib-1", "lib-2", "lib-3"]);
  await live(town, 12);
  expect(await rows(town)).toMatchObject({ beads: [], attempts: [], notes: [] });
  for (const table of ["attempt_logs", "bead_dependencies"])
    expect(await one(town, `SELECT count(*) AS it FROM ${table}`)).toBe(0);
  const { pruned } = await get(town, "");
  expect(pruned).toMatchObject({ beads: 3, nextAt: null });
  expect(pruned.attempts).toBeGreaterThanOrEqual(2);
  expect(Date.parse(pruned.through)).toBeLessThan(Date.now() - 30 * DAY);
  const text = await (await call("GET", at(town, "/metrics"))).text();
  expect(text).toContain(`townkeeper_beads_pruned_total{town="${town.name}"} 3`);
  expect(await violations(town)).toEqual([]);
  expect(await armedAt(town)).toBeNull();
  expect(await beads(town, { title: "four" })).toEqual(["lib-4"]);
});

test("what an old run says of a bead that is gone is fenced, and changes nothing", async () => {
  const town = await keeping();
  await aLandedBead(town);
  await live(town, 40);
  expect(await ids(town)).toEqual([]);
  const before = await rows(town);
  const heads = { head: "c".repeat(40), outputTail: "" };
  const said: Partial<Report>[] = [
    { kind: "heartbeat", agentActiveAtMs: null, fence: 1 },
    { kind: "finished", ...heads, fence: 1 },
    { kind: "landed", head: heads.head, fence: 2, agent: null },
  ];
  for (const [seq, words] of said.entries()) {
    const report = { agent: "ada", bead: "lib-1", seq: seq + 100, ...words } as Report;
    const [answer] = ok(await town.stub().report({ protocol: 1, bootId: "x".repeat(36), reports: [report] }));
    expect(answer?.verdict).toBe("fenced");
  }
  const { town: after, ...others } = await rows(town);
  const { town: _, ...same } = before;
  expect(others).toEqual(same);
  expect(after?.eventsApplied).toBe((before.town?.eventsApplied ?? 0) + 3);
});

test("who asks for what is gone hears that it is gone, and not that it never was", async () => {
  const town = await keeping();
  await aLandedBead(town);
  await live(town, 40);
  for (const path of ["", "/explain", "/timeline"])
    expect(await get(town, `/beads/lib-1${path}`)).toMatchObject({ status: 410, code: "bead_pruned" });
  expect(await post(town, "/beads/lib-1/reopen", { reason: "again" })).toMatchObject({ code: "bead_pruned" });
  expect(await get(town, "/attempts/1/log")).toMatchObject({ status: 410, code: "attempt_pruned" });
  expect(await get(town, "/attempts?bead=lib-1")).toMatchObject({ items: [] });
  for (const never of ["lib-2", "app-1", "lib-01", "lib-x"])
    expect(await get(town, `/beads/${never}`)).toMatchObject({ status: 404, code: "bead_not_found" });
  expect(await get(town, "/attempts/99/log")).toMatchObject({ status: 404 });
  const waits = { rig: "lib", title: "two", dependsOn: ["lib-1"] };
  expect(await post(town, "/beads", waits)).toMatchObject({ status: 422, code: "dependency_pruned" });
  expect(await beads(town, { title: "two" })).toEqual(["lib-2"]);
});

test("what somebody still needs stays, however old: and goes once nobody does", async () => {
  const town = await keeping();
  await post(town, "/convoys", {
    id: "ship",
    title: "Ship it",
    beads: [
      { rig: "lib", title: "1: over, and its convoy is not" },
      { rig: "lib", title: "2" },
    ],
  });
  await beads(
    town,
    { title: "3: an open one was made from it", ref: "three" },
    { title: "4", ref: "four", dependsOn: [{ on: "three", type: "related" }] },
    { title: "5: cancelled, and blocks one that is over", ref: "five" },
    { title: "6", dependsOn: ["five"] },
    { title: "7: parent of one that is open", ref: "seven" },
    { title: "8", parent: "seven" },
    { title: "9: over, of a parent that is not", parent: "four" },
    { title: "10: parked" },
    { title: "11: its run may yet be heard of" },
    { title: "12: is asked to stop" },
  );
  await tamper(town, "UPDATE beads SET status = 'failed', closed_at_ms = updated_at_ms WHERE id = 'lib-10'");
  for (const id of [1, 3, 6, 7, 9, 11, 12]) expect(await close(town, `lib-${id}`)).toMatchObject({ status: "closed" });
  await post(town, "/beads/lib-5/cancel", { reason: "no" });
  const attempt = (fence: number, bead: string, state: string, leaseMs: number) =>
    tamper(
      town,
      `INSERT INTO attempts (fence, kind, rig_id, bead_id, state, started_at_ms, lease_until_ms, ended_at_ms)
        VALUES (?, 'landing', 'lib', ?, ?, 1, ?, 1)`,
      ...[fence, bead, state, leaseMs],
    );
  await tamper(town, "UPDATE town SET last_fence = 3");
  await attempt(1, "lib-11", "released", Date.now() + 100 * DAY);
  await attempt(2, "lib-12", "stopped", 1);
  await tamper(town, "INSERT INTO effects (action, payload, fence, due_at_ms) VALUES ('stop_run', '{}', 2, 9e15)");

  await live(town, 35);
  // The blocker that was cancelled goes after the one that waited for it.
  const bound = [1, 2, 3, 4, 7, 8, 9, 10, 11, 12].map((n) => `lib-${n}`);
  expect((await ids(town)).filter((id) => id !== "lib-5")).toEqual(bound);
  await live(town, 2, 1);
  expect(await ids(town)).toEqual(bound);
  expect(await violations(town)).toEqual([]);

  await tamper(town, "DELETE FROM effects");
  await tamper(town, "UPDATE attempts SET lease_until_ms = 1");
  for (const id of [2, 4, 8]) expect(await close(town, `lib-${id}`)).toMatchObject({ status: "closed" });
  await live(town, 36);
  await live(town, 3, 1);
  expect(await ids(town)).toEqual(["lib-10"]);
  expect(await get(town, "/convoys")).toMatchObject({ items: [] });
  expect(await violations(town)).toEqual([]);
});

test("a step deletes 200 rows at most, whatever there is of one bead, and what is to begin does not wait for it", async () => {
  const town = await keeping();
  await aLandedBead(town);
  await tamper(
    town,
    `WITH RECURSIVE n(i) AS (SELECT 3 UNION ALL SELECT i + 1 FROM n WHERE i < 702)
      INSERT INTO attempts (fence, kind, rig_id, bead_id, agent_id, state, started_at_ms, lease_until_ms, ended_at_ms)
      SELECT i, 'run', 'lib', 'lib-1', 'ada', 'released', 1, 1, 1 FROM n`,
  );
  await tamper(
    town,
    "INSERT INTO attempt_logs (fence, seq, at_ms, text) SELECT 702, fence, 1, 'line' FROM attempts WHERE fence > 2",
  );
  await tamper(
    town,
    "INSERT INTO bead_notes (bead_id, at_ms, kind, text) SELECT 'lib-1', 1, 'edited', 'x' FROM attempts WHERE fence > 2",
  );
  await tamper(town, "UPDATE town SET last_fence = 702");
  await daysPass(town, 40);
  const sizes = () =>
    runInDurableObject(town.stub(), (_town, { storage: { sql } }) =>
      ["beads", "attempts", "attempt_logs", "bead_notes"].reduce(
        (sum, table) => sum + Number(sql.exec(`SELECT count(*) AS n FROM ${table}`).one().n),
        0,
      ),
    );
  let before = await sizes();
  const [fresh] = await beads(town, { title: "two" });
  await quiet(town);
  const { attempts } = await rows(town);
  expect(attempts.at(-1)).toMatchObject({ beadId: fresh, state: "running" });
  const { items } = await get(town, "/ticks");
  const tick = items.find(({ actions }: { actions: unknown[] }) => actions.length > 1);
  expect(tick.actions).toMatchObject([{ action: "dispatch_agent" }, { action: "prune_history", target: "town" }]);
  expect(tick.rowsWritten).toBeLessThan(1_000);
  expect(await armedAt(town)).toBeLessThan(Date.now() + 1_000); // what is left is due again in a moment
  before += 2; // the new bead and its attempt
  for (let step = 0; step < 30; step++) {
    const after = await sizes();
    expect(before - after).toBeLessThanOrEqual(200);
    expect(await violations(town)).toEqual([]);
    before = after;
    await tamper(town, "UPDATE town SET pruning = json_set(pruning, '$.look.steppedAtMs', 1)");
    await alarm(town);
    if (!(await rows(town)).town?.pruning?.look) break;
  }
  await live(town, 8, 1);
  expect(await ids(town)).toEqual([fresh]);
});

test("what a run printed goes after a week, and its log says so; its bead stays", async () => {
  const town = await keeping();
  await aLandedBead(town);
  expect(await get(town, "/attempts/1/log")).toMatchObject({ pruned: false, pieces: [{ text: "all is well" }] });
  await live(town, 5);
  expect(await get(town, "/attempts/1/log")).toMatchObject({ pieces: [{ text: "all is well" }] });
  await live(town, 4);
  expect(await get(town, "/attempts/1/log")).toMatchObject({ status: 200, pruned: true, pieces: [] });
  expect(await get(town, "/beads/lib-1")).toMatchObject({ attempts: [{}, {}] });
});

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
  expect(await armedAt(town)).toBe(midnight(Date.now()));
});

test("a town that keeps everything has no alarm for it; one that does not sleeps until the night in which the oldest is due", async () => {
  const forEver = await keeping({ days: null, logDays: null });
  await beads(forEver, { title: "one" });
  await close(forEver, "lib-1");
  expect(await armedAt(forEver)).toBeNull();

  const town = await keeping({ days: 3, logDays: null });
  expect(await armedAt(town)).toBeNull();
  await beads(town, { title: "one" });
  await close(town, "lib-1");
  const { beads: closed } = await rows(town);
  expect(await armedAt(town)).toBe(midnight((closed[0]?.closedAtMs ?? 0) + 3 * DAY));
  await live(town, 4);
  expect(await ids(town)).toEqual([]);
  expect(await armedAt(town)).toBeNull();

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
