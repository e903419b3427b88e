/** Beads of the beads issue tracker, in and out again. */
import { expect, test } from "vitest";
import { dep, exported, imported, type Line, path, textOf } from "./bd-scene.ts";
import { call, json } from "./http.ts";
import { aTown, rows, violations } from "./town.ts";

const issue = (id: string, more: object = {}): Line => ({
  id,
  title: `the ${id}`,
  description: "",
  status: "open",
  priority: 1,
  issue_type: "task",
  created_at: "2025-11-01T10:00:00.123456789-07:00",
  updated_at: "2025-11-02T10:00:00Z",
  ...more,
});

test("issues come in as beads, with what they say and what binds them, and go out as they came", async () => {
  const town = await aTown();
  const lines = [
    issue("bd-e", { issue_type: "epic", status: "open" }),
    issue("bd-a1.2", {
      description: "do it",
      acceptance_criteria: "it is done",
      design: "so",
      notes: "n",
      labels: ["x", "y"],
      issue_type: "bug",
      assignee: "ada",
      status: "in_progress",
      comments: [{ id: 1, issue_id: "bd-a1.2", author: "bob", text: "hm", created_at: "2025-11-01T10:00:00Z" }],
      dependencies: [dep("bd-a1.2", "bd-late", "blocks"), dep("bd-a1.2", "bd-e", "parent-child")],
    }),
    issue("bd-done", {
      status: "closed",
      closed_at: "2025-11-03T10:00:00Z",
      close_reason: "Done",
      issue_type: "feature",
    }),
    issue("bd-late", {
      dependencies: [
        dep("bd-late", "bd-done", "blocks"),
        dep("bd-late", "gone", "blocks"),
        dep("bd-late", "bd-e", "tracks"),
      ],
    }),
    issue("bd-ice", { status: "deferred" }),
    issue("bd-rip", { status: "tombstone" }),
  ];
  expect(await imported(town, lines)).toEqual({
    status: 200,
    created: 6,
    ids: ["lib-1", "lib-2", "lib-3", "lib-4", "lib-5", "lib-6"],
    updated: 0,
    skipped: 0,
    records: 0,
    kept: {},
    duplicates: [],
    left: [],
    unresolved: 1,
  });
  expect((await rows(town)).beads).toMatchObject([
    { id: "lib-1", status: "open", hold: null, blockedBy: 1, type: "epic" },
    {
      id: "lib-2",
      status: "open",
      hold: { by: "import", why: "it came in as in_progress, ada's" },
      blockedBy: 2,
      parentId: "lib-1",
      body: "do it",
      acceptance: "it is done",
      labels: ["x", "y"],
      type: "bug",
      createdAtMs: Date.parse("2025-11-01T17:00:00.123Z"),
    },
    { id: "lib-3", status: "closed", closedAtMs: Date.parse("2025-11-03T10:00:00Z"), type: "task" },
    { id: "lib-4", status: "open", blockedBy: 0 },
    { id: "lib-5", status: "open", blockedBy: 1, hold: { why: "it came in as deferred" } },
    { id: "lib-6", status: "closed" },
  ]);
  expect(await exported(town)).toEqual(lines);
  expect(await violations(town)).toEqual([]);

  // The same again adds nothing; what is new comes in beside it, bound to what is there.
  const more = [
    { ...lines[1], title: "changed" } as Line,
    issue("bd-new", { dependencies: [dep("bd-new", "bd-late", "blocks")] }),
  ];
  expect(await imported(town, more)).toMatchObject({ created: 1, updated: 1, unresolved: 0 });
  expect(await imported(town, [...lines, ...more.slice(1)])).toMatchObject({ created: 0, updated: 1, skipped: 6 });
  expect((await rows(town)).beads[6]).toMatchObject({ id: "lib-7", blockedBy: 1 });
});

test("what changed here goes out changed, and the rest as it came", async () => {
  const town = await aTown();
  const lines = [
    issue("bd-1", { title: ` ${"long ".repeat(60)}` }),
    issue("bd-2", { dependencies: [dep("bd-2", "bd-1", "blocks"), dep("bd-2", "bd-3", "related")], x: { y: [1] } }),
    issue("bd-3", { status: "closed", close_reason: "Done" }),
  ];
  await imported(town, lines);
  const tell = (method: string, at: string, body: object) =>
    call(method, `/v1/towns/${town.name}/beads/${at}`, body, undefined, { "if-match": "*" });
  await tell("POST", "lib-2/dependencies", { remove: ["lib-3"], add: [{ on: "lib-3", type: "discovered-from" }] });
  await tell("PATCH", "lib-2", { body: "more", metadata: { team: "red" } });
  await tell("POST", "lib-1/close", { reason: "by hand" });
  await tell("POST", "lib-3/reopen", { reason: "broken" });
  const [one, two, three] = await exported(town);
  expect(one).toEqual({
    ...lines[0],
    status: "closed",
    close_reason: "closed",
    closed_at: expect.any(String),
    updated_at: expect.any(String),
  });
  expect(two).toEqual({
    ...lines[1],
    description: "more",
    updated_at: expect.any(String),
    townkeeper: { metadata: { team: "red" } },
    dependencies: [
      dep("bd-2", "bd-1", "blocks"),
      { ...dep("bd-2", "bd-3", "discovered-from"), created_at: expect.any(String), created_by: "townkeeper" },
    ],
  });
  const { close_reason: _reason, ...reopened } = lines[2] as Line;
  expect(three).toEqual({ ...reopened, status: "open", updated_at: expect.any(String) });
  expect(await violations(town)).toEqual([]);
});

test.each([
  ['{"id": "bd-1", "title": "x"}\n\nnonsense', 422, "bad_line", "Line 3: it is not JSON"],
  ["[]", 422, "bad_line", "Line 1: it is not a JSON object"],
  ['{"title": "x"}', 422, "bad_line", "id: "],
  ['{"id": "bd-1"}', 422, "bad_line", "title: "],
  ['{"id": "bd-1", "title": "x", "priority": 5}', 422, "bad_line", "priority: 0 to 4"],
  ['{"id": "bd-1", "title": "x", "created_at": "soon"}', 422, "bad_line", "created_at: "],
  ['{"id": "bd-1", "title": "x", "labels": "y"}', 422, "bad_line", "labels: "],
  [
    textOf([
      issue("a", { dependencies: [dep("a", "b", "blocks")] }),
      issue("b", { dependencies: [dep("b", "a", "blocks")] }),
    ]),
    422,
    "dependency_cycle",
    "a → b → a",
  ],
  [textOf(Array.from({ length: 1_001 }, (_, n) => issue(`bd-${n}`))), 413, "too_many_lines", "1001 lines"],
  [`{"id": "bd-1", "title": "${"x".repeat(256_000)}"}`, 422, "bad_line", "256000 are the most"],
])("refused whole: %.40s", async (text, status, code, detail) => {
  const town = await aTown();
  const answer = await imported(town, text);
  expect(answer).toMatchObject({ status, code });
  expect(answer.detail).toContain(detail);
  expect((await rows(town)).beads).toEqual([]);
});

test("a rig is named, and is there", async () => {
  const town = await aTown();
  expect(await imported(town, "", "nope")).toMatchObject({ status: 404, code: "rig_not_found" });
  expect(await imported(town, "")).toMatchObject({ created: 0 });
  expect(await json(await call("GET", path(town, "export", "nope")))).toMatchObject({ status: 404 });
  expect(await json(await call("GET", `/v1/towns/${town.name}/beads:export`))).toMatchObject({ status: 422 });
});

test("a long file goes out in the order it came in", async () => {
  const town = await aTown();
  const lines = Array.from({ length: 230 }, (_, n) =>
    issue(`bd-${n}`, n === 0 ? {} : { dependencies: [dep(`bd-${n}`, `bd-${n - 1}`, "blocks")] }),
  );
  expect(await imported(town, lines)).toMatchObject({ created: 230 });
  expect(await exported(town)).toEqual(lines);
});
