/** Any file of the beads issue tracker goes out as it came in. */
import fc from "fast-check";
import { expect, onTestFinished, test, vi } from "vitest";
import { dep, exported, imported, type Line } from "./bd-scene.ts";
import { call } from "./http.ts";
import { aTown, beads, rows, tamper, violations } from "./town.ts";

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
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
  const town = await aTown();
  for (const title of ["one", "one", "another"]) {
    const lines = [{ id: "x-1", title, status: "closed" }];
    await imported(town, lines);
    expect(await exported(town)).toEqual(lines);
    vi.setSystemTime(Date.now() + 86_400_000);
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
