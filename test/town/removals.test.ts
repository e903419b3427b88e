/** What is removed: agents, rigs and convoys, and what stands in the way. And lists of beads by what is asked for. */
import { expect, test } from "vitest";
import { call, json } from "./http.ts";
import {
  anAgent,
  asked,
  aTown,
  beads,
  failed,
  quiet,
  reports,
  rows,
  type TestTown,
  tamper,
  violations,
} from "./town.ts";

const at = ({ name }: TestTown, path: string) => `/v1/towns/${name}${path}`;
const remove = async (town: TestTown, path: string) => json(await call("DELETE", at(town, path)));

test("an agent goes when it has nothing to do, and what it did stays", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await call("PATCH", at(town, "/agents/ada"), { paused: { why: "not yet" } });
  await beads(town, { title: "One" });
  await call("PATCH", at(town, "/agents/ada"), { paused: null });
  await quiet(town);
  expect(await remove(town, "/agents/ada")).toMatchObject({
    status: 409,
    code: "in_use",
    detail: "Agent ada works on lib-1.",
  });
  await reports(town, 1, failed("lost"));
  const { agents: after } = await rows(town);
  if (after[0]?.beadId) expect(await remove(town, "/agents/ada")).toMatchObject({ status: 409, code: "in_use" });
  await call("PATCH", at(town, "/agents/ada"), { paused: { why: "goes" } });
  await call("POST", at(town, "/beads/lib-1/cancel"), { reason: "not wanted" });
  await tamper(town, "UPDATE attempts SET lease_until_ms = 1");
  expect(await remove(town, "/agents/ada")).toMatchObject({ id: "ada", paused: { why: "goes" } });
  expect((await rows(town)).agents).toEqual([]);
  expect(await violations(town)).toEqual([]);
  expect((await json(await call("GET", at(town, "/attempts")))).items).toMatchObject([{ fence: 1, agent: "ada" }]);
  expect((await call("GET", at(town, "/beads/lib-1/explain"))).status).toBe(200);
  expect((await call("GET", at(town, "/health"))).status).toBe(200);
  expect(await remove(town, "/agents/ada")).toMatchObject({ status: 404, code: "agent_not_found" });
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "Two" });
  await quiet(town);
  expect(await asked(town)).toMatchObject([{ fence: 1 }, { fence: 2, agent: "ada", bead: "lib-2" }]);
  expect(await violations(town)).toEqual([]);
});

test("an agent whose run was given back may not go while that may still run", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "One" });
  await quiet(town);
  await reports(town, 1, failed("lost"));
  await tamper(town, "UPDATE agents SET bead_id = NULL");
  await tamper(town, "UPDATE beads SET status = 'open', agent_id = NULL, not_before_ms = 8000000000000");
  await tamper(town, "UPDATE attempts SET state = 'released', lease_until_ms = 8000000000000");
  expect(await remove(town, "/agents/ada")).toMatchObject({
    code: "in_use",
    detail: "Fence 1 of agent ada may still run.",
  });
});

test("a rig goes when it has no agents and its beads are over, with its pause and its trouble; their history stays", async () => {
  const town = await aTown();
  await call("POST", at(town, "/rigs"), { id: "web", repoUrl: "/repos/web.git", defaultBranch: "main" });
  await anAgent(town, "ada", "accept", { rig: "web" });
  await call("PATCH", at(town, "/agents/ada"), { enabled: false });
  expect(await remove(town, "/rigs/web")).toMatchObject({ code: "in_use", detail: "Rig web has agents, such as ada." });
  await remove(town, "/agents/ada");
  await call("POST", at(town, "/beads"), { rig: "web", title: "One" });
  expect(await remove(town, "/rigs/web")).toMatchObject({
    code: "in_use",
    detail: "Rig web has beads that are not over: web-1 is open.",
    hint: expect.stringContaining("/beads?rig=web; meanwhile a pause keeps it from work."),
  });
  await call("POST", at(town, "/beads/web-1/cancel"), { reason: "not wanted" });
  await call("PATCH", at(town, "/rigs/web"), { paused: { why: "goes" } });
  expect(await remove(town, "/rigs/web")).toMatchObject({ id: "web" });
  expect(await violations(town)).toEqual([]);
  expect((await call("GET", at(town, "/rigs/web"))).status).toBe(404);
  expect((await call("GET", at(town, "/attention"))).status).toBe(200);
  for (const read of ["", "/explain", "/timeline"])
    expect((await call("GET", at(town, `/beads/web-1${read}`))).status).toBe(200);
  expect(await json(await call("GET", at(town, "/beads/web-1/explain")))).toMatchObject({
    summary: "It is cancelled; its rig web was removed.",
  });
  expect((await json(await call("GET", at(town, "/beads?rig=web")))).items).toMatchObject([{ id: "web-1" }]);
  for (const again of ["retry", "reopen"])
    expect(await json(await call("POST", at(town, `/beads/web-1/${again}`), { reason: "yes" }))).toMatchObject({
      ...{ status: 422, code: "rig_unknown" },
      hint: "Bring that back first: POST …/rigs/web/restore.",
    });
  expect(await json(await call("POST", at(town, "/rigs/web/restore")))).toMatchObject({ id: "web" });
  expect(await json(await call("POST", at(town, "/beads/web-1/reopen"), { reason: "yes" }))).toMatchObject({
    status: "open",
  });
  expect(await violations(town)).toEqual([]);
});

test("a rig may not go while a run of its cancelled bead is being stopped, nor while one that was given up may be alive", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "One" });
  await quiet(town);
  await tamper(town, "UPDATE beads SET status = 'cancelled', agent_id = NULL");
  await tamper(town, "DELETE FROM agents");
  expect(await remove(town, "/rigs/lib")).toMatchObject({
    ...{ code: "in_use", detail: "Fence 1 of bead lib-1 is being stopped." },
  });
  await tamper(town, "UPDATE attempts SET state = 'released', ended_at_ms = 1, lease_until_ms = 8000000000000");
  expect(await remove(town, "/rigs/lib")).toMatchObject({ detail: "Fence 1 of bead lib-1 may still run." });
  await tamper(town, "UPDATE attempts SET lease_until_ms = 1");
  expect(await remove(town, "/rigs/lib")).toMatchObject({ status: 200 });
});

test("a convoy goes when it is over, and its members stay", async () => {
  const town = await aTown();
  const convoy = { id: "trip", title: "A trip", beads: [{ rig: "lib", title: "One" }] };
  await call("POST", at(town, "/convoys"), convoy);
  expect(await remove(town, "/convoys/trip")).toMatchObject({ code: "in_use", detail: "Convoy trip is running." });
  await call("POST", at(town, "/convoys/trip/cancel"), { reason: "no" });
  expect(await remove(town, "/convoys/trip")).toMatchObject({ id: "trip" });
  expect((await rows(town)).beads).toMatchObject([{ id: "lib-1", convoyId: null, status: "cancelled" }]);
  expect(await violations(town)).toEqual([]);
  await call("POST", at(town, "/beads/lib-1/reopen"), { reason: "yes" });
  expect(await violations(town)).toEqual([]);
});

test("beads are listed by what is asked for, page by page", async () => {
  const town = await aTown();
  await beads(
    town,
    { title: "Greet people", labels: ["ui"] },
    { title: "Count words", body: "of GREETings", labels: ["core"] },
    { title: "100% sure", labels: ["core"] },
  );
  await call("POST", at(town, "/beads/lib-3/cancel"), { reason: "no" });
  const list = async (query: string) => {
    const { items } = await json(await call("GET", at(town, `/beads?${query}`)));
    return items?.map(({ id }: { id: string }) => id);
  };
  expect(await list("status=open,cancelled")).toEqual(["lib-3", "lib-2", "lib-1"]);
  expect(await list("status=cancelled")).toEqual(["lib-3"]);
  expect(await list("status=parked,closed")).toEqual([]);
  expect(await list("label=core&status=open")).toEqual(["lib-2"]);
  expect(await list("text=greet")).toEqual(["lib-2", "lib-1"]);
  expect(await list("text=0%25")).toEqual(["lib-3"]);
  expect(await list("agent=ada")).toEqual([]);
  expect(await list("since=2100-01-01T00:00:00Z")).toEqual([]);
  expect(await list("since=2000-01-01T00:00:00%2B02:00&limit=1")).toEqual(["lib-3"]);
  for (const wrong of ["status=done", "status=open,", "since=yesterday", "label=", "agents=ada"])
    expect((await call("GET", at(town, `/beads?${wrong}`))).status, wrong).toBe(422);
});

test("a town goes when nothing of it may still run, and another by its name knows nothing of it", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "One" });
  await quiet(town);
  expect(await remove(town, "")).toMatchObject({ code: "in_use", detail: "Of this town fence 1 may still run." });
  await tamper(town, "UPDATE attempts SET state = 'released', ended_at_ms = 1, lease_until_ms = 8000000000000");
  expect(await remove(town, "")).toMatchObject({ code: "in_use" });
  await tamper(town, "UPDATE attempts SET lease_until_ms = 1");
  expect(await remove(town, "?forever=true")).toMatchObject({ removed: town.name, keptUntil: null });
  expect(await remove(town, "")).toMatchObject({ code: "town_not_found" });
  expect((await call("GET", at(town, ""))).status).toBe(404);
  await expect.poll(async () => (await call("POST", "/v1/towns", { name: town.name })).status).toBe(201);
  await expect.poll(async () => (await call("GET", at(town, "/beads"))).status).toBe(200);
  expect((await json(await call("GET", at(town, "/beads")))).items).toEqual([]);
  expect(await violations(town)).toEqual([]);
});

test("who asks for a town while it ends is told that there is none, and who makes it anew has it", async () => {
  const town = await aTown();
  const removed = call("DELETE", at(town, "?forever=true"));
  const asked: Promise<Response>[] = [];
  for (let n = 0; n < 40; n++) {
    asked.push(call("GET", at(town, n % 2 ? "/health" : "/beads")));
    await scheduler.wait(4);
  }
  expect((await removed).status).toBe(200);
  const statuses = (await Promise.all(asked)).map(({ status }) => status);
  expect(statuses.filter((status) => ![200, 404].includes(status))).toEqual([]);
  expect((await call("POST", "/v1/towns", { name: town.name })).status).toBe(201);
  expect(await json(await call("GET", at(town, "/beads")))).toMatchObject({ status: 200, items: [] });
});
