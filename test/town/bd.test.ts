/** Beads of the beads issue tracker, in and out again. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { call, json } from "./http.ts";
import { aTown, beads, quiet, rows, type TestTown, tamper, violations } from "./town.ts";

type Line = { id: string; [key: string]: unknown };

const textOf = (lines: readonly Line[]) => lines.map((line) => `${JSON.stringify(line)}\n`).join("");
const path = ({ name }: TestTown, verb: string, rig = "lib") => `/v1/towns/${name}/beads:${verb}?rig=${rig}`;

async function imported(town: TestTown, lines: readonly Line[] | string, rig = "lib") {
  const text = typeof lines === "string" ? lines : textOf(lines);
  const answer = await json(await call("POST", path(town, "import", rig), text));
  await quiet(town);
  return answer;
}

async function exported(town: TestTown): Promise<Line[]> {
  const response = await call("GET", path(town, "export"));
  expect(response.headers.get("content-type")).toBe("application/x-ndjson");
  const lines = new TextDecoder().decode(await response.arrayBuffer()).split("\n");
  expect(lines.pop()).toBe("");
  return lines.map((line) => JSON.parse(line));
}

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
const dep = (issue_id: string, depends_on_id: string, type: string) => ({
  issue_id,
  depends_on_id,
  type,
  created_at: "2025-11-01T10:00:00Z",
  created_by: "ada",
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
  const tell = (method: string, at: string, body: object) => call(method, `/v1/towns/${town.name}/beads/${at}`, body);
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

const words = fc.oneof(fc.constantFrom("", " padded ", "a\u0000b", "\ud800", "é"), fc.string({ unit: "grapheme" }));
const time = fc.oneof(
  fc.date({ min: new Date(0), max: new Date("2100-01-01"), noInvalidDate: true }).map((date) => date.toISOString()),
  fc.constantFrom("2025-11-01T10:00:00.123456789-07:00", "2025-11-01T10:00:00Z", "0001-01-01T00:00:00Z"),
);
const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value));

/** Files as no tracker would write them: any field may be missing, odd, or unknown. */
const files = fc
  .uniqueArray(fc.stringMatching(/^[a-z]{1,3}-[a-z][a-z0-9.]{0,4}$/), { minLength: 1, maxLength: 6 })
  .chain((ids) =>
    fc.tuple(
      ...ids.map((id, n) =>
        fc
          .record(
            {
              description: fc.option(words),
              acceptance_criteria: words,
              design: words,
              status: fc.constantFrom(
                "open",
                "in_progress",
                "blocked",
                "closed",
                "deferred",
                "tombstone",
                "pinned",
                "",
              ),
              priority: fc.nat(4),
              issue_type: fc.constantFrom("bug", "feature", "task", "epic", "chore", "message", "review"),
              labels: fc.option(fc.array(words, { maxLength: 3 })),
              created_at: time,
              updated_at: time,
              closed_at: fc.option(time),
              close_reason: fc.option(words),
              comments: fc.json().map((text) => JSON.parse(text)),
              townkeeper: fc.oneof(
                fc.json().map((text) => JSON.parse(text)),
                fc.constantFrom(
                  { status: "failed" },
                  { type: "review", touches: ["src"] },
                  { metadata: { a: [1], bd: 2 } },
                ),
              ),
              estimate: fc.integer(),
              dependencies: fc.oneof(
                fc.constant(null),
                fc.array(
                  fc.oneof(
                    fc.json().map((text) => JSON.parse(text)),
                    fc
                      .tuple(
                        fc.constantFrom(...ids.slice(0, n), "elsewhere", id),
                        fc.constantFrom("blocks", "related", "parent-child", "discovered-from", "tracks"),
                      )
                      .map(([on, type]) => dep(id, on, type)),
                  ),
                  { maxLength: 4 },
                ),
              ),
            },
            { requiredKeys: [] },
          )
          .chain((fields) => words.map((title): Line => plain({ ...fields, id, title: `${title}!` }))),
      ),
    ),
  )
  .chain((lines) => fc.shuffledSubarray(lines, { minLength: lines.length }));

test("a closed line without dates goes out as it came, however often and whenever it is read", async () => {
  const town = await aTown();
  for (const title of ["one", "one", "another"]) {
    const lines = [{ id: "x-1", title, status: "closed" }];
    await imported(town, lines);
    expect(await exported(town)).toEqual(lines);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
});

test("any file goes out as it came, and so does what went out", async () => {
  await fc.assert(
    fc.asyncProperty(files, async (lines) => {
      const [town, another] = [await aTown(), await aTown()];
      expect(await imported(town, lines)).toMatchObject({ created: lines.length, skipped: 0 });
      expect(await exported(town)).toEqual(lines);
      expect(await violations(town)).toEqual([]);
      expect(await imported(town, lines)).toMatchObject({ created: 0, skipped: lines.length });
      await imported(another, await exported(town));
      expect(await exported(another)).toEqual(lines);
    }),
    { numRuns: 40 },
  );
}, 60_000);

test("a town's own beads go out, into an empty town, and out again the same but for their ids", async () => {
  const town = await aTown();
  await beads(town, { title: "gap" });
  await tamper(town, "DELETE FROM beads");
  await beads(
    town,
    { title: "one", ref: "a", body: "b", acceptance: "c", labels: ["l"], touches: ["src"], metadata: { k: { v: 1 } } },
    { title: "two", ref: "b", dependsOn: ["a"], parent: "a", type: "review", priority: 0 },
    { title: "three", ref: "c", dependsOn: [{ on: "b", type: "related" }], metadata: { bd: "mine" } },
    { title: "four", dependsOn: ["c", "b"], type: "bug" },
    { title: "five", dependsOn: ["c"], type: "chore" },
  );
  await call("PATCH", `/v1/towns/${town.name}/beads/lib-2`, { hold: { by: "ada", why: "wait" } });
  await call("POST", `/v1/towns/${town.name}/beads/lib-3/cancel`, { reason: "no" });
  await tamper(
    town,
    "UPDATE beads SET status = 'closed', closed_at_ms = 5, head = 'abc', blocked_by = 1 WHERE id = 'lib-4'",
  );
  await tamper(town, "UPDATE beads SET blocked_by = blocked_by - 1 WHERE id IN ('lib-5', 'lib-6')");
  await tamper(town, "UPDATE beads SET status = 'in_review' WHERE id = 'lib-6'");
  const out = await exported(town);
  expect(out.map(({ id, status }) => `${id} ${status}`)).toEqual([
    "lib-2 blocked",
    "lib-3 closed",
    "lib-4 closed",
    "lib-5 open",
    "lib-6 in_progress",
  ]);
  const another = await aTown();
  expect(await imported(another, out)).toMatchObject({ created: 5, unresolved: 0 });
  expect((await rows(another)).beads).toMatchObject([
    { id: "lib-1", hold: { by: "ada", why: "wait" }, touches: ["src"], metadata: { k: { v: 1 } } },
    { id: "lib-2", status: "cancelled", parentId: "lib-1", type: "review" },
    { id: "lib-3", status: "closed", closedAtMs: 5 },
    { id: "lib-4", status: "open", blockedBy: 1 },
    { id: "lib-5", status: "open", blockedBy: 0 },
  ]);
  expect(await violations(another)).toEqual([]);
  const again = await exported(another);
  const renamed = new Map(out.map(({ id }, n) => [id, again[n]?.id as string]));
  const text = JSON.stringify(out).replace(/"lib-\d"/g, (id) => JSON.stringify(renamed.get(JSON.parse(id))));
  expect(again).toEqual(JSON.parse(text));
});
