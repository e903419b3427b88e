/** What goes when its time is over, and what stays. */
import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import type { Report } from "../../src/protocol/reports.ts";
import { aLandedBead, at, close, DAY, daysPass, ids, keeping, live, one, post } from "./history-scene.ts";
import { call, json } from "./http.ts";
import { alarm, beads, ok, quiet, rows, type TestTown, tamper, violations, wakesAt } from "./town.ts";

const get = async (town: TestTown, path: string) => json(await call("GET", at(town, path)));

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
  expect(await wakesAt(town)).toBeNull();
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
  // A start that is answered late brings a tick of its own, and by then the next step is due.
  const steps = async () =>
    (await get(town, "/ticks?limit=200")).items.filter(({ actions }: { actions: { action: string }[] }) =>
      actions.some(({ action }) => action === "prune_history"),
    ).length;
  let before = await sizes();
  let taken = await steps();
  const [fresh] = await beads(town, { title: "two" });
  await quiet(town);
  const { attempts } = await rows(town);
  expect(attempts.at(-1)).toMatchObject({ beadId: fresh, state: "running" });
  const { items } = await get(town, "/ticks");
  const tick = items.find(({ actions }: { actions: unknown[] }) => actions.length > 1);
  expect(tick.actions).toMatchObject([{ action: "dispatch_agent" }, { action: "prune_history", target: "town" }]);
  expect(tick.rowsWritten).toBeLessThan(1_000);
  expect(await wakesAt(town)).toBeLessThan(Date.now() + 1_000); // what is left is due again in a moment
  before += 2; // the new bead and its attempt
  for (let step = 0; step < 30; step++) {
    const after = await sizes();
    const since = taken;
    taken = await steps();
    expect(before - after).toBeLessThanOrEqual(200 * (taken - since));
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
