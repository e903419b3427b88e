/** What was removed can be had back: agents, rigs, convoys and whole towns, as they stood, for a while. */
import { runDurableObjectAlarm } from "cloudflare:test";
import { expect, test } from "vitest";
import { call, json } from "./http.ts";
import {
  anAgent,
  armedAt,
  asked,
  aTown,
  beads,
  crash,
  quiet,
  rows,
  type TestTown,
  tamper,
  violations,
} from "./town.ts";

const at = ({ name }: TestTown, path: string) => `/v1/towns/${name}${path}`;
const get = async (town: TestTown, path: string) => json(await call("GET", at(town, path)));
const remove = async (town: TestTown, path: string) => json(await call("DELETE", at(town, path)));
const restore = async (town: TestTown, path: string, headers = {}) =>
  json(await call("POST", at(town, `${path}/restore`), undefined, undefined, headers));

test("an agent comes back as it was set, with its pause, and works again", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept", { env: { KEY: "of-the-agent" } });
  const before = await get(town, "/agents/ada");
  await call("PATCH", at(town, "/agents/ada"), { paused: { why: "goes" } });
  await remove(town, "/agents/ada");
  expect(await get(town, "/removed")).toMatchObject({ items: [{ kind: "agent", id: "ada", nameInUse: false }] });
  expect(JSON.stringify(await get(town, "/removed"))).not.toContain("of-the-agent");
  expect(await restore(town, "/agents/ada")).toMatchObject({ id: "ada", env: ["KEY"], paused: { why: "goes" } });
  expect(await violations(town)).toEqual([]);
  await call("PATCH", at(town, "/agents/ada"), { paused: null });
  expect(await get(town, "/agents/ada")).toEqual(before);
  await beads(town, { title: "One" });
  await quiet(town);
  expect(await asked(town)).toMatchObject([{ agent: "ada", bead: "lib-1" }]);
  expect((await rows(town)).agents).toMatchObject([{ env: { KEY: "of-the-agent" } }]);
  expect(await get(town, "/removed")).toMatchObject({ items: [] });
  expect(await restore(town, "/agents/ada")).toMatchObject({ status: 409, code: "agent_exists" });
});

test("an agent comes back once, after its rig, and not past the retention; what was made meanwhile by its name stays", async () => {
  const town = await aTown();
  await call("POST", at(town, "/rigs"), { id: "web", repoUrl: "/repos/web.git", defaultBranch: "main", maxAgents: 2 });
  await anAgent(town, "eve", "accept", { rig: "web" });
  await remove(town, "/agents/eve");
  await remove(town, "/rigs/web");
  expect(await restore(town, "/agents/eve")).toMatchObject({ status: 422, code: "rig_unknown" });
  expect(await restore(town, "/rigs/web")).toMatchObject({ id: "web", maxAgents: 2, repoUrl: "/repos/web.git" });
  const once = { "Idempotency-Key": "again" };
  const [first, second] = [await restore(town, "/agents/eve", once), await restore(town, "/agents/eve", once)];
  expect(first).toMatchObject({ id: "eve", rig: "web" });
  expect(second).toEqual(first);
  await remove(town, "/agents/eve");
  await anAgent(town, "eve", "accept");
  expect(await restore(town, "/agents/eve")).toMatchObject({ status: 409, code: "agent_exists" });
  expect(await get(town, "/removed")).toMatchObject({ items: [{ kind: "agent", id: "eve", nameInUse: true }] });
  expect(await get(town, "/agents/eve")).toMatchObject({ rig: "lib" });
  await remove(town, "/agents/eve");
  await tamper(town, "UPDATE removals SET at_ms = 1");
  expect(await restore(town, "/agents/eve")).toMatchObject({ status: 404, code: "nothing_to_restore" });
  expect(await restore(town, "/agents/nobody")).toMatchObject({ status: 404, code: "nothing_to_restore" });
  expect(await violations(town)).toEqual([]);
});

test("what was removed and can't be read is not brought back as something else", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await remove(town, "/agents/ada");
  await tamper(town, "UPDATE removals SET row = 'none'");
  expect(await restore(town, "/agents/ada")).toMatchObject({ status: 404, code: "nothing_to_restore" });
  expect((await call("GET", at(town, "/removed"))).status).toBe(200);
  expect((await rows(town)).agents).toEqual([]);
});

test("a convoy comes back with the members that are over still and are of no other one", async () => {
  const town = await aTown();
  const titles = ["One", "Two", "Three"];
  await call("POST", at(town, "/convoys"), {
    id: "trip",
    title: "A trip",
    beads: titles.map((title) => ({ rig: "lib", title })),
  });
  await call("POST", at(town, "/convoys/trip/cancel"), { reason: "no" });
  await remove(town, "/convoys/trip");
  await call("POST", at(town, "/beads/lib-2/reopen"), { reason: "yes" });
  expect(await restore(town, "/convoys/trip")).toMatchObject({ id: "trip", state: "cancelled", title: "A trip" });
  const of = (await rows(town)).beads.map(({ id, convoyId }) => [id, convoyId]);
  expect(of).toEqual([
    ["lib-1", "trip"],
    ["lib-2", null],
    ["lib-3", "trip"],
  ]);
  expect(await restore(town, "/convoys/trip")).toMatchObject({ status: 409, code: "convoy_exists" });
  await call("POST", at(town, "/convoys"), { id: "next", title: "Next", beads: [{ rig: "lib", title: "Four" }] });
  expect((await get(town, "/convoys")).items.map(({ id }: { id: string }) => id)).toEqual(["next", "trip"]);
  expect(await violations(town)).toEqual([]);
});

const listed = async (query = "") =>
  (await json(await call("GET", `/v1/towns?limit=200${query}`))).items.map(({ name }: { name: string }) => name);

test("a town comes back as it stood, and is nothing meanwhile: no answer, no alarm but to be forgotten, no other by its name", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await call("PATCH", at(town, "/agents/ada"), { enabled: false });
  await beads(town, { title: "One" });
  const before = await get(town, "/beads/lib-1");
  const gone = await remove(town, "");
  expect(gone).toMatchObject({ removed: town.name, keptUntil: expect.any(String) });
  expect(Date.parse(gone.keptUntil) - Date.now()).toBeGreaterThan(6 * 86_400_000);
  for (const path of ["", "/beads", "/health"])
    expect(await get(town, path)).toMatchObject({ status: 410, code: "town_removed" });
  expect(await remove(town, "")).toMatchObject({ status: 410, code: "town_removed" });
  const another = await json(await call("POST", "/v1/towns", { name: town.name }));
  expect(another).toMatchObject({ status: 409, code: "town_removed" });
  expect(another.hint).toContain(`POST /v1/towns/${town.name}/restore`);
  expect(await armedAt(town)).toBe(Date.parse(gone.keptUntil));
  expect([await listed("&removed=true"), await listed()]).toEqual([
    expect.arrayContaining([town.name]),
    expect.not.arrayContaining([town.name]),
  ]);

  const once = { "Idempotency-Key": "again" };
  const back = await restore(town, "", once);
  expect(back).toMatchObject({ name: town.name, beads: { open: 1 } });
  expect(await restore(town, "", once)).toEqual(back);
  expect(await restore(town, "")).toMatchObject({ status: 409, code: "town_exists" });
  expect(await get(town, "/beads/lib-1")).toEqual(before);
  expect(await listed()).toContain(town.name);
  await call("PATCH", at(town, "/agents/ada"), { enabled: true });
  await quiet(town);
  expect(await asked(town)).toMatchObject([{ agent: "ada", bead: "lib-1" }]);
  expect(await violations(town)).toEqual([]);
});

test("a key that came with another request before brings no town back, and neither does one that has brought it back already", async () => {
  const town = await aTown();
  const once = { "Idempotency-Key": "again" };
  await call("POST", at(town, "/agents"), { id: "ada", rig: "lib", command: ["x"] }, undefined, once);
  await remove(town, "");
  expect(await restore(town, "", once)).toMatchObject({ status: 422, code: "key_reused" });
  expect(await get(town, "")).toMatchObject({ status: 410, code: "town_removed" });
  const other = { "Idempotency-Key": "another" };
  const back = await restore(town, "", other);
  expect(back).toMatchObject({ name: town.name });
  await remove(town, "");
  expect(await restore(town, "", other)).toEqual(back);
  expect(await get(town, "")).toMatchObject({ status: 410, code: "town_removed" });
  expect(await restore(town, "")).toMatchObject({ name: town.name });
});

test("a removed town stays removed over a crash and an alarm that comes early, and is forgotten when its time is over", async () => {
  const town = await aTown();
  const { keptUntil } = await remove(town, "");
  await crash(town).catch(() => {});
  await runDurableObjectAlarm(town.stub());
  expect(await get(town, "")).toMatchObject({ status: 410, code: "town_removed" });
  expect(await armedAt(town)).toBe(Date.parse(keptUntil));
  await tamper(town, "UPDATE town SET removed_at_ms = 1");
  await crash(town).catch(() => {});
  await runDurableObjectAlarm(town.stub());
  expect(await get(town, "")).toMatchObject({ status: 404, code: "town_not_found" });
  expect(await restore(town, "")).toMatchObject({ status: 404, code: "town_not_found" });
  expect((await call("POST", "/v1/towns", { name: town.name })).status).toBe(201);
});
