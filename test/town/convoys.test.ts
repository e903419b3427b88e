import { expect, test } from "vitest";
import { call, json } from "./http.ts";
import {
  alarm,
  anAgent,
  asked,
  aTown,
  beads,
  failed,
  finished,
  LANDED,
  landed,
  quiet,
  reports,
  rows,
  type TestTown,
  timePasses,
  violations,
} from "./town.ts";

const at = ({ name }: TestTown, path: string) => `/v1/towns/${name}${path}`;
const post = async (town: TestTown, path: string, body?: unknown) => {
  const answer = await json(await call("POST", at(town, path), body));
  await quiet(town);
  return answer;
};
const get = async (town: TestTown, path: string) => json(await call("GET", at(town, path)));
const bead = (title: string, more: object = {}) => ({ rig: "lib", ref: title, title, ...more });

/** a; b and c wait for a; d waits for both. */
const diamond = [
  bead("a"),
  bead("b", { dependsOn: ["a"] }),
  bead("c", { dependsOn: ["a"] }),
  bead("d", { dependsOn: ["b", "c"] }),
];

async function finish(town: TestTown, fence: number): Promise<void> {
  await reports(town, fence, finished);
  await reports(town, fence + 1, landed);
}

const state = async (town: TestTown, id = "ship") => (await get(town, `/convoys/${id}`)).state;

test("a convoy is made with its beads or not at all, and says how far it is and what comes when", async () => {
  const town = await aTown();
  const ship = { id: "ship", title: "Ship it", beads: diamond };
  expect(await post(town, "/convoys", { ...ship, beads: [] })).toMatchObject({ status: 422, code: "invalid_input" });
  const circle = [bead("a", { dependsOn: ["b"] }), bead("b", { dependsOn: ["a"] })];
  expect(await post(town, "/convoys", { ...ship, beads: circle })).toMatchObject({ code: "dependency_cycle" });
  expect(await get(town, "/convoys")).toMatchObject({ items: [], nextCursor: null });
  expect((await rows(town)).beads).toEqual([]);

  expect(await post(town, "/convoys", ship)).toMatchObject({
    status: 201,
    state: "running",
    onFailure: "block",
    progress: { total: 4, open: 4, percent: 0 },
    stages: [["lib-1"], ["lib-2", "lib-3"], ["lib-4"]],
    criticalPath: ["lib-1", "lib-2", "lib-4"],
    waiting: [
      { id: "lib-2", for: ["lib-1"], held: false },
      { id: "lib-3", for: ["lib-1"], held: false },
      { id: "lib-4", for: ["lib-2", "lib-3"], held: false },
    ],
  });
  expect(await post(town, "/convoys", ship)).toMatchObject({ status: 409, code: "convoy_exists" });
  expect(await get(town, "/beads/lib-2")).toMatchObject({ convoy: "ship" });
  await post(town, "/convoys", { ...ship, id: "next" });
  const first = await get(town, "/convoys?limit=1");
  expect(first.items).toMatchObject([{ id: "next", progress: { total: 4 } }]);
  const second = await get(town, `/convoys?limit=1&cursor=${first.nextCursor}`);
  expect(second.items).toMatchObject([{ id: "ship" }]);
  expect(await get(town, "/convoys/nobody")).toMatchObject({ status: 404, code: "convoy_not_found" });
  expect(await violations(town)).toEqual([]);
});

test("it closes with its last member, and runs again when one comes back", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await post(town, "/convoys", { id: "ship", title: "Ship", beads: [bead("a"), bead("b", { dependsOn: ["a"] })] });
  await finish(town, 1);
  expect(await get(town, "/convoys/ship")).toMatchObject({ state: "running", progress: { closed: 1, percent: 50 } });
  await finish(town, 3);
  expect(await get(town, "/convoys/ship")).toMatchObject({ state: "closed", progress: { percent: 100 } });
  for (const [verb, body] of [
    ["start", {}],
    ["hold", { reason: "x" }],
    ["cancel", { reason: "x" }],
    ["beads", { remove: ["lib-1"] }],
  ] as const)
    expect(await post(town, `/convoys/ship/${verb}`, body)).toMatchObject({ status: 409, code: "convoy_over" });
  await post(town, "/beads/lib-2/reopen", { reason: "more" });
  expect(await get(town, "/convoys/ship")).toMatchObject({ state: "running", closedAt: null });
  expect(await violations(town)).toEqual([]);
  await post(town, "/beads/lib-2/cancel", { reason: "no" });
  expect(await state(town)).toBe("closed");
  expect(await violations(town)).toEqual([]);
});

test("a held convoy begins nothing until it is started; what has begun goes on", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await post(town, "/convoys", { id: "ship", title: "Ship", held: true, beads: [bead("a"), bead("b")] });
  expect((await rows(town)).attempts).toEqual([]);
  expect(await get(town, "/convoys/ship")).toMatchObject({
    state: "held",
    waiting: [
      { id: "lib-1", for: [], held: false },
      { id: "lib-2", for: [], held: false },
    ],
  });
  expect(await post(town, "/convoys/ship/hold", { reason: "x" })).toMatchObject({ status: 409, code: "already_held" });
  expect(await violations(town)).toEqual([]);
  expect(await post(town, "/convoys/ship/start")).toMatchObject({ state: "running" });
  expect(await post(town, "/convoys/ship/start")).toMatchObject({ status: 409, code: "already_running" });
  expect((await rows(town)).attempts).toMatchObject([{ beadId: "lib-1", state: "running" }]);
  expect(await post(town, "/convoys/ship/hold", {})).toMatchObject({ status: 422 });
  await post(town, "/convoys/ship/hold", { reason: "a freeze" });
  await finish(town, 1);
  expect((await rows(town)).beads.map(({ status }) => status)).toEqual(["closed", "open"]);
  expect((await rows(town)).attempts).toHaveLength(2);
  expect((await rows(town)).notes).toContainEqual(
    expect.objectContaining({ beadId: "lib-2", kind: "convoy", text: "ship is held: a freeze" }),
  );
  expect(await violations(town)).toEqual([]);
  // Closed while it is held: nobody waits for it any more.
  await post(town, "/beads/lib-2/close", { reason: "by hand" });
  expect(await state(town)).toBe("closed");
  expect((await rows(town)).beads.map(({ blockedBy }) => blockedBy)).toEqual([0, 0]);
  expect(await violations(town)).toEqual([]);
});

test("beads join and leave, each in one convoy at most; what changes nothing is refused", async () => {
  const town = await aTown();
  await beads(town, { title: "old" });
  await post(town, "/convoys", { id: "ship", title: "Ship", held: true, beads: [bead("a")] });
  await post(town, "/convoys", { id: "next", title: "Next", beads: [bead("b")] });
  const change = (id: string, body: object) => post(town, `/convoys/${id}/beads`, body);
  expect(await change("ship", {})).toMatchObject({ status: 422, code: "invalid_input" });
  expect(await change("ship", { add: ["lib-3"] })).toMatchObject({ status: 409, code: "in_convoy" });
  expect(await change("ship", { add: ["lib-1", "lib-1"] })).toMatchObject({ status: 409, code: "in_convoy" });
  expect(await change("ship", { remove: ["lib-1"] })).toMatchObject({ status: 409, code: "not_in_convoy" });
  expect(await change("ship", { remove: ["lib-2"] })).toMatchObject({ status: 409, code: "convoy_empty" });
  expect(await change("ship", { add: ["lib-9"] })).toMatchObject({ status: 404, code: "bead_not_found" });
  expect(await change("ship", { add: ["lib-1"] })).toMatchObject({ progress: { total: 2 } });
  expect(await get(town, "/beads/lib-1")).toMatchObject({ convoy: "ship", blockedBy: 1 });
  expect(await violations(town)).toEqual([]);
  expect(await change("ship", { remove: ["lib-1"] })).toMatchObject({ progress: { total: 1 } });
  expect(await get(town, "/beads/lib-1")).toMatchObject({ convoy: null, blockedBy: 0 });
  // Without the one that was left to do it is over.
  await change("next", { add: ["lib-1"] });
  await post(town, "/beads/lib-1/cancel", { reason: "no" });
  expect(await change("next", { remove: ["lib-3"] })).toMatchObject({ state: "closed" });
  expect(await violations(town)).toEqual([]);
});

test("a failed member keeps a convoy open, or is gone on without: then those that waited for it are free", async () => {
  const town = await aTown({ settings: { agentFailureBudget: 1 } });
  await anAgent(town, "ada", "accept");
  const two = [bead("a", { priority: 0 }), bead("b", { dependsOn: ["a"] })];
  await post(town, "/convoys", { id: "strict", title: "Strict", beads: two });
  await reports(town, 1, failed());
  expect(await get(town, "/convoys/strict")).toMatchObject({
    state: "running",
    waiting: [{ id: "lib-2", for: ["lib-1"] }],
  });

  await post(town, "/convoys", { id: "easy", title: "Easy", onFailure: "continue", beads: two });
  await beads(town, { title: "outside", dependsOn: ["lib-3"] });
  await reports(town, 2, failed());
  const { beads: all, notes } = await rows(town);
  expect(all.map(({ status, blockedBy }) => `${status} ${blockedBy}`)).toEqual([
    "failed 0",
    "open 1",
    "failed 0",
    "in_progress 0",
    "open 1",
  ]);
  expect(await get(town, "/beads/lib-4")).toMatchObject({ dependsOn: [{ id: "lib-3", type: "related" }] });
  expect(notes.filter(({ kind }) => kind === "convoy").map(({ beadId }) => beadId)).toEqual(["lib-4", "lib-3"]);
  expect(await violations(town)).toEqual([]);
  await finish(town, 3);
  expect(await get(town, "/convoys/easy")).toMatchObject({ state: "closed", progress: { failed: 1, percent: 100 } });
  await post(town, "/beads/lib-3/retry");
  expect(await state(town, "easy")).toBe("running");
  expect(await violations(town)).toEqual([]);
});

test("a fellow that has failed before is not waited for either, where the convoy goes on", async () => {
  const town = await aTown();
  await beads(town, { title: "a", ref: "a" }, { title: "b", dependsOn: ["a"] });
  await post(town, "/beads/lib-1/cancel", { reason: "no" });
  await post(town, "/convoys", { id: "easy", title: "Easy", onFailure: "continue", beads: [bead("c")] });
  expect(await get(town, "/beads/lib-2")).toMatchObject({ blockedBy: 1 });
  await post(town, "/convoys/easy/beads", { add: ["lib-1", "lib-2"] });
  expect(await get(town, "/beads/lib-2")).toMatchObject({
    blockedBy: 0,
    dependsOn: [{ id: "lib-1", type: "related" }],
  });
  expect(await violations(town)).toEqual([]);
});

test("a cancelled convoy cancels what is not over, and what runs of it", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await post(town, "/convoys", { id: "ship", title: "Ship", onFailure: "continue", beads: diamond });
  await finish(town, 1);
  expect(await post(town, "/convoys/ship/cancel", { reason: "never mind" })).toMatchObject({
    state: "cancelled",
    progress: { closed: 1, cancelled: 3, percent: 100 },
  });
  expect((await rows(town)).attempts.at(-1)).toMatchObject({ beadId: "lib-2", state: "stopped" });
  expect(await post(town, "/convoys/ship/cancel", { reason: "x" })).toMatchObject({ status: 409, code: "convoy_over" });
  expect(await violations(town)).toEqual([]);
  await post(town, "/beads/lib-2/reopen", { reason: "this one after all" });
  expect(await state(town)).toBe("running");
  expect(await violations(town)).toEqual([]);
});

test("members land on their convoy's branch, and all of it lands at once when they are over", async () => {
  const town = await aTown();
  await anAgent(town, "amy", "accept");
  const ship = { id: "ship", title: "Ship it", branch: "feature/ship", beads: [bead("a"), bead("b")] };
  expect(await post(town, "/convoys", { ...ship, branch: "main" })).toMatchObject({ code: "branch_is_default" });
  expect(await post(town, "/convoys", { ...ship, branch: "town/x/1" })).toMatchObject({ code: "invalid_input" });
  expect(await post(town, "/convoys", ship)).toMatchObject({ status: 201, branch: "feature/ship" });
  expect(await post(town, "/convoys", { ...ship, id: "two" })).toMatchObject({ code: "branch_taken" });
  expect(await get(town, "/beads/lib-1")).toMatchObject({ landsOn: "feature/ship" });
  expect(await asked(town)).toMatchObject([{ agent: "amy", bead: "lib-1", onBranch: "feature/ship of main" }]);

  await finish(town, 1);
  expect(await state(town)).toBe("running");
  expect(await post(town, "/convoys/ship/beads", { remove: ["lib-2"] })).toMatchObject({
    status: 409,
    code: "on_branch",
  });
  await post(town, "/convoys/ship/hold", { reason: "not yet" });
  await finish(town, 3);
  expect(await get(town, "/convoys/ship")).toMatchObject({ state: "held", progress: { total: 2, closed: 2 } });
  await post(town, "/convoys/ship/start");
  expect(await get(town, "/beads/lib-3")).toMatchObject({
    title: "Land Ship it",
    status: "in_review",
    branch: "feature/ship",
    head: LANDED,
    landsOn: null,
    convoy: "ship",
  });
  expect(await get(town, "/convoys/ship")).toMatchObject({ stages: [["lib-1", "lib-2"], ["lib-3"]] });
  const asks = await asked(town);
  expect(asks.map(({ bead: id, onBranch }) => [id, onBranch])).toEqual([
    ["lib-1", "feature/ship of main"],
    ["lib-1", "feature/ship of main"],
    ["lib-2", "feature/ship of main"],
    ["lib-2", "feature/ship of main"],
    ["lib-3", undefined],
  ]);

  // It comes back, an agent settles what conflicted, and its work lands like any other.
  await reports(town, 5, { kind: "rejected", code: "conflict", message: "README.md", outputTail: "" });
  await timePasses(town);
  await alarm(town);
  await quiet(town);
  expect((await get(town, "/beads/lib-3")).body).toContain("origin/feature/ship");
  await finish(town, 6);
  expect(await get(town, "/convoys/ship")).toMatchObject({ state: "closed", progress: { total: 3, closed: 3 } });

  // What is done again lands again.
  await post(town, "/beads/lib-1/reopen", { reason: "one more thing" });
  await finish(town, 8);
  expect(await get(town, "/beads/lib-4")).toMatchObject({ title: "Land Ship it", status: "in_review" });
  await reports(town, 10, landed);
  expect(await state(town)).toBe("closed");
  expect(await violations(town)).toEqual([]);
});
