/** A bead that waits for what nobody wants any more waits for ever: so a person is told, and how it goes on. */
import { expect, test } from "vitest";
import { call, json } from "./http.ts";
import { anAgent, aTown, beads, failed, quiet, reports, type TestTown, violations } from "./town.ts";

const below = ({ name }: TestTown, path: string) => `/v1/towns/${name}${path}`;
const post = async (town: TestTown, path: string, body: object) => json(await call("POST", below(town, path), body));
const get = async (town: TestTown, path: string) => json(await call("GET", below(town, path)));
const told = async (town: TestTown) =>
  (await get(town, "/attention")).items.map(({ kind, target }: never) => `${kind} ${(target as { id: string }).id}`);
const cancel = (town: TestTown, bead: string) => post(town, `/beads/${bead}/cancel`, { reason: "not wanted" });

/** Of four beads the last three wait: for the first, for the first, and for the third. */
async function chain(): Promise<TestTown> {
  const town = await aTown();
  await beads(town, { title: "one" });
  await beads(town, { title: "two", dependsOn: ["lib-1"] }, { title: "three", dependsOn: ["lib-1"] });
  await beads(town, { title: "four", dependsOn: ["lib-3"] });
  await quiet(town);
  return town;
}

test("those that wait for it themselves are told of, with the request that frees each", async () => {
  const town = await chain();
  await anAgent(town, "ada", "accept");
  await cancel(town, "lib-1");
  await quiet(town);
  expect((await told(town)).sort()).toEqual(["cut_off lib-2", "cut_off lib-3"]);
  const { items, counts } = await get(town, "/attention");
  expect(counts).toEqual({ cut_off: 2 });
  const item = items.find(({ target }: never) => (target as { id: string }).id === "lib-3");
  expect(item).toMatchObject({
    severity: "warning",
    what: "lib-3 waits for lib-1, which was cancelled: it never begins",
    verb: { method: "POST", body: { remove: ["lib-1"] } },
    command: "npm run town -- bead depend lib-3 --not-on lib-1",
    evidence: { cancelled: ["lib-1"] },
  });
  // `explain` of the same bead names the same.
  const { unblock, gates } = await get(town, "/beads/lib-3/explain");
  expect(unblock).toMatchObject({ command: item.command });
  expect(gates.find(({ ok }: never) => !ok)).toMatchObject({ gate: "blocked", why: "it waits for lib-1 (cancelled)" });
  expect((await call(item.verb.method, item.verb.path, item.verb.body)).status).toBe(200);
  expect(await told(town)).toEqual(["cut_off lib-2"]);
  await post(town, "/beads/lib-1/reopen", { reason: "wanted after all" });
  expect(await told(town)).toEqual([]);
  expect(await violations(town)).toEqual([]);
});

test("one request frees a bead from all that was cancelled, and from nothing else", async () => {
  const town = await aTown();
  await beads(town, { title: "a" }, { title: "b" }, { title: "c" });
  await beads(town, { title: "waits", dependsOn: ["lib-1", "lib-2", "lib-3"] });
  await cancel(town, "lib-1");
  await cancel(town, "lib-3");
  const { items } = await get(town, "/attention");
  const [{ verb, command, what }] = items.filter(({ kind }: never) => kind === "cut_off");
  expect([...verb.body.remove].sort()).toEqual(["lib-1", "lib-3"]);
  expect(what).toMatch(/^lib-4 waits for lib-\d, lib-\d, which were cancelled/);
  expect(command).toMatch(/bead depend lib-4 --not-on lib-\d --not-on lib-\d$/);
  expect((await call(verb.method, verb.path, verb.body)).status).toBe(200);
  expect(await get(town, "/beads/lib-4")).toMatchObject({ blockedBy: 1 });
  expect(await told(town)).not.toContain("cut_off lib-4");
});

test("what is held, or over itself, is nobody's trouble; nor is what goes on in a convoy without it", async () => {
  const town = await chain();
  await cancel(town, "lib-1");
  await call("PATCH", below(town, "/beads/lib-2"), { hold: { why: "later" } });
  await cancel(town, "lib-3");
  expect(await told(town)).not.toContain("cut_off lib-2");
  expect(await told(town)).toContain("cut_off lib-4");
  await cancel(town, "lib-4");
  await call("PATCH", below(town, "/beads/lib-2"), { hold: null });
  expect((await told(town)).filter((item: string) => item.startsWith("cut_off"))).toEqual(["cut_off lib-2"]);
  await post(town, "/beads/lib-2/close", { reason: "done by hand" });
  await post(town, "/convoys", {
    id: "ship",
    title: "ship",
    onFailure: "continue",
    beads: [
      { rig: "lib", title: "x", ref: "x" },
      { rig: "lib", title: "y", dependsOn: ["x"] },
    ],
  });
  await cancel(town, "lib-5");
  expect((await told(town)).filter((item: string) => item.startsWith("cut_off"))).toEqual([]);
});

test("a parked bead says how many wait for it", async () => {
  const town = await aTown({ settings: { agentFailureBudget: 1 } });
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await beads(town, { title: "two", dependsOn: ["lib-1"] }, { title: "three", dependsOn: ["lib-1"] });
  await quiet(town);
  await reports(town, 1, failed());
  const { items } = await get(town, "/attention");
  expect(items).toMatchObject([
    { kind: "parked", meanwhile: "it is not tried, and 2 beads wait for it; all else goes on" },
  ]);
  expect(await get(town, "/beads/lib-1")).toMatchObject({
    status: "failed",
    closedAt: null,
    parkedAt: expect.stringMatching(/^20/),
  });
});
