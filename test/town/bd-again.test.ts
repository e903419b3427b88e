/** Lines of a tracker's file one by one: imported again, blocked, put off, and with parts of their own. */
import { expect, test } from "vitest";
import { exported, imported, readyHere } from "./bd-means-scene.ts";
import type { Line } from "./bd-shapes.ts";
import { call, json } from "./http.ts";
import { aTown, rows, type TestTown, violations } from "./town.ts";

const task = (id: string, more: object = {}): Line => ({
  id,
  title: `the ${id}`,
  status: "open",
  priority: 2,
  issue_type: "task",
  created_at: "2026-01-01T10:00:00Z",
  updated_at: "2026-01-02T10:00:00Z",
  ...more,
});

const on = (issue_id: string, depends_on_id: string, type = "blocks") => ({ issue_id, depends_on_id, type });

const later = (line: Line, more: object): Line => ({ ...line, updated_at: "2026-01-03T10:00:00Z", ...more });

const tell = async (town: TestTown, method: string, path: string, body: object) =>
  json(await call(method, `/v1/towns/${town.name}/beads/${path}`, body, undefined, { "if-match": "*" }));

const beadOf = async (town: TestTown, id: string) =>
  (await rows(town)).beads.find(({ metadata }) => (metadata as { bd?: { id: string } }).bd?.id === id);

test("importing again takes over what was not changed here, and says what it left alone", async () => {
  const town = await aTown();
  const [a, b, c, d] = [
    task("a"),
    task("b", { dependencies: [on("b", "a")] }),
    task("c"),
    task("d", { status: "hooked", assignee: "nux" }),
  ] as [Line, Line, Line, Line];
  expect(await imported(town, [a, b, c, d])).toMatchObject({ created: 4 });
  await tell(town, "PATCH", "lib-3", { title: "ours", body: "ours too" });

  const news = [
    later(a, { status: "closed", closed_at: "2026-01-03T10:00:00Z", close_reason: "Done" }),
    later(b, { title: "b anew", priority: 0, dependencies: [on("b", "c")], assignee: "ada" }),
    later(c, { title: "theirs", labels: ["x"] }),
    later(d, { status: "open", assignee: undefined }),
  ];
  const left = [{ id: "c", bead: "lib-3", fields: ["title"], why: "it was changed here since" }];
  expect(await imported(town, news)).toMatchObject({ created: 0, updated: 4, skipped: 0, left });
  expect((await rows(town)).beads).toMatchObject([
    { id: "lib-1", status: "closed", closedAtMs: Date.parse("2026-01-03T10:00:00Z") },
    { id: "lib-2", title: "b anew", priority: 0, blockedBy: 1 },
    { id: "lib-3", title: "ours", body: "ours too", labels: ["x"] },
    { id: "lib-4", hold: null, blockedBy: 0 },
  ]);
  expect(await violations(town)).toEqual([]);
  const out = await exported(town);
  expect(out[0]).toEqual(news[0]);
  expect(out[1]).toEqual(news[1]);
  expect(out[2]).toMatchObject({ title: "ours", description: "ours too", labels: ["x"] });

  // Said once; an older line is old news; what comes back is open again.
  expect(await imported(town, news)).toMatchObject({ updated: 0, skipped: 4, left: [] });
  expect(await imported(town, [a])).toMatchObject({
    updated: 0,
    left: [{ id: "a", fields: [], why: "a newer line came before this one" }],
  });
  expect(await imported(town, [{ ...a, updated_at: "2026-01-04T10:00:00Z" }])).toMatchObject({ updated: 1 });
  expect(await beadOf(town, "a")).toMatchObject({ status: "open", closedAtMs: null });
  expect(await violations(town)).toEqual([]);
});

test("a dependency that was put or taken away here stays so, and one that came is taken back when it goes there", async () => {
  const town = await aTown();
  const lines = [task("a"), task("b"), task("c"), task("d", { dependencies: [on("d", "a"), on("d", "b")] })];
  await imported(town, lines);
  await tell(town, "POST", "lib-4/dependencies", { remove: ["lib-1"], add: [{ on: "lib-3" }] });
  const news = [later(lines[3] as Line, { dependencies: [on("d", "a")] })];
  expect(await imported(town, news)).toMatchObject({ updated: 1, left: [] });
  const { dependsOn } = await tell(town, "GET", "lib-4", undefined as never);
  expect(dependsOn).toMatchObject([{ id: "lib-3" }]);
  expect((await beadOf(town, "d"))?.blockedBy).toBe(1);
  expect(await violations(town)).toEqual([]);
});

test("an epic is never begun, closes with the last of its parts, and is open again with one of them", async () => {
  const town = await aTown();
  const part = { dependencies: [on("p", "e", "parent-child")] };
  await imported(town, [
    task("e", { issue_type: "epic", status: "in_progress" }),
    task("e.1", part),
    task("e.2", part),
    task("after", { dependencies: [on("after", "e")] }),
  ]);
  expect(await readyHere(town)).toEqual(["e.1", "e.2"]);
  await tell(town, "POST", "lib-2/close", { reason: "done" });
  expect(await beadOf(town, "e")).toMatchObject({ status: "open", type: "epic" });
  await tell(town, "POST", "lib-3/cancel", { reason: "no" });
  expect(await beadOf(town, "e")).toMatchObject({ status: "closed" });
  expect(await readyHere(town)).toEqual(["after"]);
  await tell(town, "POST", "lib-2/reopen", { reason: "broken" });
  expect(await beadOf(town, "e")).toMatchObject({ status: "open" });
  expect(await readyHere(town)).toEqual(["e.1"]);
  expect(await violations(town)).toEqual([]);
});

test("an epic that somebody holds stays open until they let go", async () => {
  const town = await aTown();
  await imported(town, [
    task("e", { issue_type: "epic" }),
    task("p", { dependencies: [on("p", "e", "parent-child")] }),
  ]);
  await tell(town, "PATCH", "lib-1", { hold: { by: "ada", why: "wait" } });
  await tell(town, "POST", "lib-2/close", { reason: "done" });
  expect(await beadOf(town, "e")).toMatchObject({ status: "open" });
  await tell(town, "PATCH", "lib-1", { hold: null });
  expect(await beadOf(town, "e")).toMatchObject({ status: "closed" });
});

test("what a parent waits for, its parts wait for too; but never for themselves", async () => {
  const town = await aTown();
  await imported(town, [
    task("x"),
    task("outer", { issue_type: "epic", dependencies: [on("outer", "x"), on("outer", "leaf")] }),
    task("inner", { dependencies: [on("inner", "outer", "parent-child")] }),
    task("leaf", { dependencies: [on("leaf", "inner", "parent-child")] }),
  ]);
  expect(await readyHere(town)).toEqual(["x"]);
  const { gates } = await tell(town, "GET", "lib-4/explain", undefined as never);
  expect(JSON.stringify(gates)).toContain("what its parent lib-3 waits for");
  await tell(town, "POST", "lib-1/close", { reason: "done" });
  expect(await readyHere(town)).toEqual(["inner", "leaf"]);
  // Out of the family, it is a stranger that the epic waits for.
  await tell(town, "PATCH", "lib-4", { parent: null });
  expect(await readyHere(town)).toEqual(["leaf"]);
  await tell(town, "PATCH", "lib-4", { parent: "lib-3" });
  expect(await readyHere(town)).toEqual(["inner", "leaf"]);
  expect(await violations(town)).toEqual([]);
});

test("a record is kept, blocks, and is never work", async () => {
  const town = await aTown();
  await imported(town, [
    task("gate", { issue_type: "gate" }),
    task("a", { dependencies: [on("a", "gate")] }),
    task("w", { ephemeral: true, wisp_type: "patrol" }),
  ]);
  expect(await readyHere(town)).toEqual([]);
  expect(await tell(town, "PATCH", "lib-3", { type: "task" })).toMatchObject({ status: 409, code: "never_begun" });
  expect(JSON.stringify(await tell(town, "GET", "lib-3/explain", undefined as never))).toContain(
    "it is kept, and is no work",
  );
  await tell(town, "POST", "lib-1/close", { reason: "opened" });
  expect(await readyHere(town)).toEqual(["a"]);
  expect(await json(await call("GET", `/v1/towns/${town.name}`))).toMatchObject({
    beads: { total: 1, open: 1, closed: 0, records: 2 },
  });
  expect(await violations(town)).toEqual([]);
});

test("what a parent and its part both wait for frees both, once", async () => {
  const town = await aTown();
  await imported(town, [
    task("x"),
    task("y"),
    task("parent", { dependencies: [on("parent", "x")] }),
    task("part", { dependencies: [on("part", "parent", "parent-child"), on("part", "x"), on("part", "y")] }),
  ]);
  await tell(town, "POST", "lib-1/close", { reason: "done" });
  expect(await readyHere(town)).toEqual(["parent", "y"]);
  expect((await beadOf(town, "part"))?.blockedBy).toBe(1);
  await tell(town, "POST", "lib-3/close", { reason: "done" });
  await tell(town, "POST", "lib-1/reopen", { reason: "not done" });
  expect((await beadOf(town, "part"))?.blockedBy).toBe(2);
  expect(await violations(town)).toEqual([]);
});

test("the newest of two lines wins, and both are named", async () => {
  const town = await aTown();
  const lines = [later(task("a"), { title: "new" }), task("b"), task("a", { title: "old" })];
  expect(await imported(town, lines)).toMatchObject({
    created: 2,
    duplicates: [{ id: "a", lines: [1, 3], taken: 1 }],
  });
  expect(await beadOf(town, "a")).toMatchObject({ title: "new" });
});

test("lines about something else are kept and counted, the newest of each", async () => {
  const town = await aTown();
  const memory = (key: string, value: string): Line => ({ _type: "memory", key, value });
  expect(await imported(town, [memory("k", "one"), task("a"), memory("l", "two")])).toMatchObject({
    created: 1,
    kept: { memory: 2 },
  });
  expect(await imported(town, [memory("k", "three"), { _type: "config", issue_prefix: "bd" }])).toMatchObject({
    created: 0,
    kept: { memory: 1, config: 1 },
  });
  expect((await exported(town)).slice(1)).toEqual([
    memory("k", "three"),
    memory("l", "two"),
    { _type: "config", issue_prefix: "bd" },
  ]);
});

test("a circle that something closed keeps open comes in, and can't be closed to a ring by a reopen", async () => {
  const town = await aTown();
  await imported(town, [
    task("a", { dependencies: [on("a", "b")] }),
    task("b", { status: "closed", closed_at: "2026-01-02T10:00:00Z", dependencies: [on("b", "a")] }),
  ]);
  expect(await readyHere(town)).toEqual(["a"]);
  expect(await tell(town, "POST", "lib-2/reopen", { reason: "again" })).toMatchObject({
    status: 409,
    code: "dependency_cycle",
  });
  expect(await tell(town, "POST", "lib-2/dependencies", { add: [{ on: "lib-1", type: "related" }] })).toMatchObject({
    status: 409,
  });
  expect(await violations(town)).toEqual([]);
});

test("what is put off begins by itself when its time comes", async () => {
  const town = await aTown();
  const untilMs = Date.now() + 3_600_000;
  const defer_until = new Date(untilMs).toISOString();
  await imported(town, [
    task("a", { defer_until }),
    task("p", { dependencies: [on("p", "a", "parent-child")] }),
    task("d", { status: "deferred", defer_until }),
  ]);
  expect((await rows(town)).beads).toMatchObject([
    { notBeforeMs: untilMs, hold: null },
    { notBeforeMs: untilMs, hold: null },
    { notBeforeMs: 0, hold: { why: `it came in as deferred until ${defer_until}` } },
  ]);
});
