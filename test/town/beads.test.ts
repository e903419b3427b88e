import { expect, test } from "vitest";
import { call, json } from "./http.ts";
import {
  anAgent,
  aTown,
  beads,
  failed,
  finished,
  landed,
  quiet,
  reports,
  rows,
  type TestTown,
  violations,
} from "./town.ts";

const at = ({ name }: TestTown, path: string) => `/v1/towns/${name}${path}`;
const post = async (town: TestTown, path: string, body?: unknown) => {
  const answer = await json(await call("POST", at(town, path), body));
  await quiet(town);
  return answer;
};
const get = async (town: TestTown, path: string) => json(await call("GET", at(town, path)));
const patch = async (town: TestTown, path: string, body: unknown) => json(await call("PATCH", at(town, path), body));

const blockedBy = async (town: TestTown) =>
  Object.fromEntries((await rows(town)).beads.map((bead) => [bead.id, bead.blockedBy]));

/** A run that ends well, and lands. */
async function finish(town: TestTown, fence: number): Promise<void> {
  await reports(town, fence, finished);
  await reports(town, fence + 1, landed);
}

test("a bead is bound to its parent like to others, and a family has no circles", async () => {
  const town = await aTown();
  await beads(town, { title: "one" }, { title: "two" }, { title: "three" });
  const bind = (bead: string, change: object) => post(town, `/beads/${bead}/dependencies`, change);
  const child = { add: [{ on: "lib-1", type: "parent-child" }] };
  expect(await bind("lib-2", child)).toMatchObject({ status: "open", parent: "lib-1", blockedBy: 0 });
  expect(await bind("lib-2", child)).toMatchObject({ status: 409, code: "dependency_exists" });
  expect(await bind("lib-2", { add: [{ on: "lib-3", type: "parent-child" }] })).toMatchObject({
    status: 409,
    code: "has_parent",
    detail: expect.stringContaining("lib-1"),
  });
  expect(await bind("lib-3", { add: [{ on: "lib-2", type: "parent-child" }] })).toMatchObject({ parent: "lib-2" });
  const circle = await bind("lib-1", { add: [{ on: "lib-3", type: "parent-child" }] });
  expect(circle).toMatchObject({ status: 422, code: "parent_cycle" });
  expect(circle.detail).toContain("lib-1 → lib-3 → lib-2 → lib-1");
  expect(await patch(town, "/beads/lib-1", { parent: "lib-3" })).toMatchObject({ status: 422, code: "parent_cycle" });
  expect(await get(town, "/beads/lib-2")).toMatchObject({
    dependsOn: [{ id: "lib-1", type: "parent-child" }],
    blocks: [{ id: "lib-3", type: "parent-child" }],
  });
  const moved = { remove: ["lib-1"], add: [{ on: "lib-3" }] };
  expect(await bind("lib-2", { remove: ["lib-3"] })).toMatchObject({ status: 404, code: "dependency_not_found" });
  expect(await bind("lib-2", moved)).toMatchObject({ parent: null, blockedBy: 1 });
  expect(await violations(town)).toEqual([]);
});

test("a batch says who belongs to whom by ref or id, and how; all of it or none", async () => {
  const town = await aTown();
  await beads(town, { title: "old" });
  const batch = await post(town, "/beads:batch", {
    beads: [
      { ref: "epic", rig: "lib", title: "epic" },
      { ref: "a", rig: "lib", title: "a", parent: "epic", dependsOn: ["lib-1"] },
      {
        rig: "lib",
        title: "b",
        dependsOn: [
          { on: "epic", type: "parent-child" },
          { on: "a", type: "discovered-from" },
          { on: "lib-1", type: "related" },
        ],
      },
    ],
  });
  expect(batch.items).toMatchObject([
    { id: "lib-2", parent: null },
    { id: "lib-3", parent: "lib-2", blockedBy: 1 },
    { id: "lib-4", parent: "lib-2", blockedBy: 0 },
  ]);
  expect((await get(town, "/beads/lib-4")).dependsOn).toEqual([
    { id: "lib-1", type: "related" },
    { id: "lib-3", type: "discovered-from" },
    { id: "lib-2", type: "parent-child" },
  ]);
  const refused = (...more: object[]) =>
    post(town, "/beads:batch", { beads: more.map((bead) => ({ rig: "lib", title: "x", ...bead })) });
  const circle = await refused({ ref: "p", parent: "q" }, { ref: "q", parent: "p" });
  expect(circle).toMatchObject({ status: 422, code: "parent_cycle" });
  expect(circle.detail).toContain("p → q → p");
  expect(await refused({ parent: "nobody" })).toMatchObject({ status: 404, code: "bead_not_found" });
  expect(await refused({ parent: "lib-1", dependsOn: [{ on: "lib-2", type: "parent-child" }] })).toMatchObject({
    status: 422,
    code: "two_parents",
  });
  expect(await refused({ dependsOn: ["lib-1", { on: "lib-1", type: "related" }] })).toMatchObject({
    status: 422,
    code: "two_types",
  });
  expect(await refused({ ref: "x", dependsOn: ["y"] }, { ref: "y", dependsOn: ["x"] })).toMatchObject({
    status: 422,
    code: "dependency_cycle",
  });
  expect((await rows(town)).beads).toHaveLength(4);
});

test("a closed bead is reopened with its budgets whole, what waited for it waits again, and it lands a second time", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one", ref: "a" }, { title: "two", dependsOn: ["a"] });
  await quiet(town);
  expect(await post(town, "/beads/lib-1/reopen", { reason: "no" })).toMatchObject({ status: 409, code: "not_over" });
  await finish(town, 1);
  await post(town, "/agents/ada/stop", { reason: "later" });
  expect(await blockedBy(town)).toEqual({ "lib-1": 0, "lib-2": 0 });
  expect(await post(town, "/beads/lib-1/reopen", {})).toMatchObject({ status: 422 });
  expect(await post(town, "/beads/lib-1/reopen", { reason: "it broke" })).toMatchObject({
    closedAt: null,
    failures: 0,
  });
  expect(await blockedBy(town)).toEqual({ "lib-1": 0, "lib-2": 1 });
  expect(await violations(town)).toEqual([]);
  expect((await rows(town)).notes).toContainEqual(expect.objectContaining({ kind: "reopened", text: "it broke" }));
  // The agent was being stopped; its host says that the run is gone, and it takes up the reopened one.
  const { attempts } = await rows(town);
  const again = attempts.at(-1);
  expect(again).toMatchObject({ beadId: "lib-1", state: "running" });
  await finish(town, again?.fence ?? 0);
  expect((await rows(town)).beads[0]?.status).toBe("closed");
  expect(await violations(town)).toEqual([]);
});

test("what has begun goes on when its blocker is reopened, and the counts stay true", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one", ref: "a" }, { title: "two", dependsOn: ["a"] });
  await quiet(town);
  await finish(town, 1);
  expect((await rows(town)).beads[1]?.status).toBe("in_progress");
  await post(town, "/beads/lib-1/reopen", { reason: "more" });
  expect(await blockedBy(town)).toEqual({ "lib-1": 0, "lib-2": 1 });
  expect((await rows(town)).beads[1]?.status).toBe("in_progress");
  expect(await violations(town)).toEqual([]);
  await finish(town, 3);
  expect((await rows(town)).beads[1]?.status).toBe("closed");
  expect(await violations(town)).toEqual([]);
});

test("a failed bead is retried, not reopened; a cancelled one is both", async () => {
  const town = await aTown({ settings: { agentFailureBudget: 1 } });
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  await reports(town, 1, failed());
  expect(await post(town, "/beads/lib-1/reopen", { reason: "again" })).toMatchObject({
    status: 409,
    code: "not_over",
    hint: expect.stringContaining("retry"),
  });
  await post(town, "/beads/lib-1/cancel", { reason: "no" });
  expect(await post(town, "/beads/lib-1/reopen", { reason: "yes" })).toMatchObject({ failures: 0, closedAt: null });
  expect(await violations(town)).toEqual([]);
});

test("a person closes what waits, is held, failed or cancelled; not what is under way", async () => {
  const town = await aTown();
  await beads(
    town,
    { title: "held", ref: "a" },
    { title: "waits", ref: "b", dependsOn: ["a"] },
    { title: "cancelled", ref: "c" },
    { title: "last", dependsOn: ["a", "b", "c"] },
  );
  await patch(town, "/beads/lib-1", { hold: { why: "wait" } });
  await post(town, "/beads/lib-3/cancel", { reason: "no" });
  expect(await post(town, "/beads/lib-1/close", {})).toMatchObject({ status: 422 });
  expect(await post(town, "/beads/lib-1/close", { reason: "done by hand" })).toMatchObject({
    hold: null,
    blockedBy: 0,
  });
  expect(await blockedBy(town)).toEqual({ "lib-1": 0, "lib-2": 0, "lib-3": 0, "lib-4": 2 });
  expect(await post(town, "/beads/lib-1/close", { reason: "x" })).toMatchObject({
    status: 409,
    code: "already_closed",
  });
  await post(town, "/beads/lib-2/close", { reason: "done" });
  await post(town, "/beads/lib-3/close", { reason: "done" });
  expect(await blockedBy(town)).toMatchObject({ "lib-4": 0 });
  await anAgent(town, "ada", "accept");
  await quiet(town);
  expect(await post(town, "/beads/lib-4/close", { reason: "x" })).toMatchObject({ status: 409, code: "runs_now" });
  await reports(town, 1, failed("unreachable"));
  expect(await post(town, "/beads/lib-4/close", { reason: "x" })).toMatchObject({ status: 409, code: "under_way" });
  expect(await violations(town)).toEqual([]);
});

test("a landing that is heard of after somebody closed its bead frees nobody twice", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await beads(
    town,
    { title: "one", ref: "a" },
    { title: "two", dependsOn: ["a"] },
    { title: "three", dependsOn: ["a"] },
  );
  await quiet(town);
  await reports(town, 1, finished);
  await post(town, "/beads/lib-1/cancel", { reason: "no" });
  await post(town, "/beads/lib-1/close", { reason: "it is there already" });
  expect(await reports(town, 2, landed)).toBe("ok");
  expect((await rows(town)).beads.map(({ blockedBy: n }) => n)).toEqual([0, 0, 0]);
  expect(await violations(town)).toEqual([]);
});

test("the timeline tells all that happened, newest first, and its pages fit together", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  await reports(town, 1, failed("unreachable"));
  await patch(town, "/beads/lib-1", { title: "better" });
  await post(town, "/beads/lib-1/retry");
  await finish(town, 2);
  await post(town, "/beads/lib-1/reopen", { reason: "more" });
  await post(town, "/beads/lib-1/cancel", { reason: "enough" });
  const whole = await get(town, "/beads/lib-1/timeline?limit=200");
  expect(whole.nextCursor).toBeNull();
  const told = whole.items.map(({ what, kind, outcome, status }: Record<string, string>) =>
    [what, kind, outcome ?? status].filter(Boolean).join(" "),
  );
  // The host says that it is gone when it is gone.
  expect(told).toContain("ended run stopped");
  expect(told.filter((line: string) => line !== "ended run stopped")).toEqual([
    "over cancelled",
    "noted cancelled",
    "began run",
    "noted reopened",
    "ended landing finished",
    "began landing",
    "ended run finished",
    "began run",
    "noted retried",
    "noted edited",
    "ended run released",
    "began run",
    "created",
  ]);
  expect(whole.items.at(-3)).toMatchObject({ fence: 1, agent: "ada", failure: { kind: "unreachable" } });
  for (const limit of [1, 2, 3, 5]) {
    const pages = [];
    for (let cursor = ""; ; ) {
      const page = await get(town, `/beads/lib-1/timeline?limit=${limit}${cursor && `&cursor=${cursor}`}`);
      pages.push(...page.items);
      if (page.nextCursor === null) break;
      cursor = page.nextCursor;
    }
    expect(pages).toEqual(whole.items);
  }
  // What happens between two pages is newer than both.
  const page = await get(town, "/beads/lib-1/timeline?limit=4");
  await post(town, "/beads/lib-1/reopen", { reason: "once more" });
  await post(town, "/beads/lib-1/cancel", { reason: "enough" });
  const rest = await get(town, `/beads/lib-1/timeline?limit=200&cursor=${page.nextCursor}`);
  expect([...page.items, ...rest.items]).toEqual(whole.items);
  expect(await get(town, "/beads/lib-1/timeline?cursor=c1")).toMatchObject({ status: 422 });
  expect(await get(town, "/beads/lib-9/timeline")).toMatchObject({ status: 404, code: "bead_not_found" });
});

test("what is nested deeper than anybody's data is refused at the door, whatever it stands in", async () => {
  const town = await aTown();
  const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;
  const at = `/v1/towns/${town.name}`;
  for (const levels of [101, 1_500, 20_000]) {
    const body = `{"rig": "lib", "title": "deep", "metadata": ${deep(levels)}}`;
    expect(await json(await call("POST", `${at}/beads`, body))).toMatchObject({ status: 422, code: "too_deep" });
    const line = `{"id": "x-1", "title": "deep", "design": ${deep(levels)}}`;
    expect(await json(await call("POST", `${at}/beads:import?rig=lib`, line))).toMatchObject({
      status: 422,
      detail: expect.stringMatching(/levels deep/),
    });
  }
  const fine = `{"rig": "lib", "title": "flat enough", "metadata": ${deep(90)}}`;
  expect((await call("POST", `${at}/beads`, fine)).status).toBe(201);
  expect((await call("GET", `${at}/beads:export?rig=lib`)).status).toBe(200);
});
