/** What waits for a person and is about agents, their providers and hosts. */
import { expect, test } from "vitest";
import { attention, mend } from "./attention-scene.ts";
import { call, json } from "./http.ts";
import { alarm, anAgent, aTown, beads, failed, quiet, reports, rows, tamper, timePasses } from "./town.ts";

test("an agent that is not let in, until somebody says that it is well; its provider likewise", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await anAgent(town, "bob", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  await reports(town, 1, failed("auth"));
  await tamper(
    town,
    "UPDATE agents SET troubles = 1, trouble = ? WHERE id = 'bob'",
    JSON.stringify({ kind: "provider_limited", code: "limit", message: "limit reached", atMs: 1 }),
  );
  await tamper(
    town,
    "INSERT INTO providers (id, trouble) VALUES ('acme', ?)",
    JSON.stringify({ kind: "auth", code: "no_login", message: "no login", atMs: 2 }),
  );
  const { items } = await attention(town);
  expect(items.toReversed()).toMatchObject([
    {
      kind: "agent_trouble",
      evidence: { agent: "ada", trouble: { kind: "auth" } },
      command: "npm run town -- enable ada",
    },
    {
      kind: "provider_trouble",
      what: "no agent of acme can work: no login",
      verb: { method: "POST", path: `/v1/towns/${town.name}/providers/acme/retry` },
    },
  ]);
  expect(await mend(items[1].verb)).toBe(200);
  expect((await attention(town)).items).toMatchObject([{ kind: "provider_trouble" }]);
});

test("of what is in trouble nothing is tried while its town, its rig or its agent is paused, or its town drains", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await anAgent(town, "bob", "accept");
  await beads(town, { title: "one" }, { title: "two" });
  await quiet(town);
  await reports(town, 1, failed("auth"));
  const path = `/v1/towns/${town.name}`;
  const told = async () => (await attention(town)).items.find(({ kind }: { kind: string }) => kind === "agent_trouble");
  const usual = expect.stringContaining("tried again now and then");
  await tamper(town, "UPDATE agents SET troubles = 1, doubts = NULL, trouble = ? WHERE id = 'ada'", LOGIN);
  expect(await told()).toMatchObject({ meanwhile: usual });
  for (const [url, shut, open, meanwhile] of [
    [path, { paused: { why: "a release" } }, { paused: null }, "nothing is tried: the town is paused"],
    [path, { draining: true }, { draining: false }, "no run is tried: the town is draining; landings go on"],
    [`${path}/rigs/lib`, PAUSE, { paused: null }, "nothing of it is tried: rig lib is paused"],
    [`${path}/agents/ada`, PAUSE, { paused: null }, "nothing of it is tried: agent ada is paused"],
  ] as const) {
    await call("PATCH", url, shut);
    expect(await told()).toMatchObject({ meanwhile, nextAt: null });
    await call("PATCH", url, open);
    expect(await told()).toMatchObject({ meanwhile: usual });
  }
});

const PAUSE = { paused: { why: "a release" } };
const LOGIN = JSON.stringify({ kind: "auth", code: "no_login", message: "no login", atMs: 1 });

test("an open breaker, and not one that has merely counted", async () => {
  const town = await aTown();
  const failure = { kind: "unreachable", code: "rejected", message: "connection refused", atMs: 1 };
  const breaker = { failures: 5, sinceMs: 1, fence: 5, failure, openUntilMs: null as number | null };
  await tamper(town, "UPDATE town SET breaker = ?", JSON.stringify(breaker));
  expect(await attention(town)).toMatchObject({ items: [] });
  await tamper(town, "UPDATE town SET breaker = ?", JSON.stringify({ ...breaker, openUntilMs: 9e12 }));
  expect((await attention(town)).items).toMatchObject([
    { kind: "breaker", evidence: { failures: 5 }, verb: { path: `/v1/towns/${town.name}/breaker/close`, body: {} } },
  ]);
});

test("every rig whom nobody serves, each with the request that gives it somebody", async () => {
  const town = await aTown();
  await call("POST", `/v1/towns/${town.name}/rigs`, { id: "app", repoUrl: "/repos/app.git" });
  await call("POST", `/v1/towns/${town.name}/rigs`, { id: "web", repoUrl: "/repos/web.git" });
  await anAgent(town, "ada", "accept", { rig: "app" });
  await anAgent(town, "bob", "accept", { rig: "web" });
  await call("PATCH", `/v1/towns/${town.name}/agents/ada`, { enabled: false });
  await call("PATCH", `/v1/towns/${town.name}/agents/bob`, { paused: { why: "lunch" } });
  await beads(town, { title: "one" }, { title: "two", rig: "app" }, { title: "three", rig: "web" });
  await alarm(town);
  const { items } = await attention(town);
  expect(items).toHaveLength(3);
  const of = (rig: string) => items.find(({ target }: { target: { id: string } }) => target.id === rig);
  // With which tool it would work, and under which login, only a person can say.
  expect(of("lib")).toMatchObject({
    kind: "stuck",
    severity: "critical",
    what: "1 bead of rig lib waits, and no agent of it can work: it has no agents",
    hint: expect.stringContaining('"rig":"lib"'),
    verb: null,
    command: null,
  });
  const began = of("lib").since;
  await timePasses(town);
  expect((await attention(town)).items.find(({ key }: { key: string }) => key === "stuck:lib")?.since).toBe(began);
  expect(of("app")?.verb).toMatchObject({ method: "PATCH", body: { enabled: true } });
  expect(of("web")?.verb).toMatchObject({ method: "PATCH", body: { paused: null } });
  await anAgent(town, "eve", "accept");
  for (const { verb } of items) if (verb) expect(await mend(verb)).toBeLessThan(300);
  await quiet(town);
  expect((await attention(town)).items).toEqual([]);
  expect((await rows(town)).beads.map(({ status }) => status)).toEqual(["in_progress", "in_progress", "in_progress"]);
});

test("where a rig's only agent can't work, that is told of the agent, once", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" }, { title: "two" });
  await quiet(town);
  await reports(town, 1, failed("auth"));
  // It goes on with the other bead, which tells whose trouble it is.
  expect((await attention(town)).items).toEqual([]);
  await reports(town, 2, failed("auth"));
  expect((await json(await call("GET", `/v1/towns/${town.name}/health`))).verdict).toBe("starved");
  expect((await attention(town)).items).toMatchObject([
    { kind: "agent_trouble", target: { type: "agent", id: "ada" } },
  ]);
});

test("agents of a provider that lets nobody in are one item, and its verb frees them all", async () => {
  const town = await aTown();
  for (const agent of ["ada", "bob", "cyd"]) await anAgent(town, agent, "accept", { provider: "acme" });
  await beads(town, { title: "one" }, { title: "two" });
  await quiet(town);
  await reports(town, 1, failed("auth"));
  await reports(town, 2, failed("auth"));
  const { items } = await attention(town);
  expect(items).toMatchObject([{ key: "provider_trouble:acme", kind: "provider_trouble" }]);
  expect(items).toHaveLength(1);
  expect(await mend(items[0].verb)).toBe(200);
  expect((await attention(town)).items).toEqual([]);
});

test("an agent that somebody has disabled is nobody's trouble", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await anAgent(town, "bob", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  await reports(town, 1, failed("auth"));
  await call("PATCH", `/v1/towns/${town.name}/agents/ada`, { enabled: false });
  expect((await attention(town)).items).toEqual([]);
});

test("a host without room: no agent is in trouble, no bead pays, and the figure is told of the host, until somebody has made room", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "disk");
  await beads(town, { title: "one" });
  await quiet(town);
  const bead = await json(await call("GET", `/v1/towns/${town.name}/beads/lib-1`));
  expect(bead).toMatchObject({ failures: 0, lastFailure: { code: "low_disk" } });
  const { items } = await attention(town);
  expect(items).toMatchObject([{ kind: "host_lacks", what: expect.stringContaining("Only 12 MiB are free") }]);
  expect(items).toHaveLength(1);
  const { gates } = await json(await call("GET", `/v1/towns/${town.name}/beads/lib-1/explain`));
  expect(JSON.stringify(gates)).toContain("Only 12 MiB are free");
  await tamper(town, "UPDATE agents SET command = '[\"accept\"]'");
  await tamper(town, "UPDATE beads SET not_before_ms = 1");
  expect(await mend(items[0].verb)).toBe(200);
  expect((await attention(town)).items).toEqual([]);
  await quiet(town);
  expect((await rows(town)).agents).toMatchObject([{ status: "working" }]);
});

test("a provider's limit that is over in a while is a wait, told once and quietly, however many rigs wait for it", async () => {
  const town = await aTown();
  await call("POST", `/v1/towns/${town.name}/rigs`, { id: "app", repoUrl: "/repos/app.git" });
  await anAgent(town, "ada", "accept", { provider: "acme" });
  await anAgent(town, "bob", "accept", { provider: "acme", rig: "app" });
  await beads(town, { title: "one" }, { title: "two" }, { title: "three", rig: "app" });
  await quiet(town);
  const resetMs = 20 * 60_000;
  for (const { fence } of (await rows(town)).attempts) await reports(town, fence, failed("provider_limited", resetMs));
  await town.stub().reconcile();
  await quiet(town);
  const { items } = await attention(town);
  expect(items).toMatchObject([
    {
      key: "limited:acme",
      severity: "notice",
      target: { type: "provider", id: "acme" },
      what: expect.stringContaining("wait for the limit of acme to be over"),
      evidence: { agents: ["ada", "bob"], rigs: { lib: 2, app: 1 } },
    },
  ]);
  expect(items).toHaveLength(1);
  const waitMs = Date.parse(items[0].nextAt) - Date.now();
  expect(waitMs).toBeGreaterThan(resetMs / 2);
  expect(waitMs).toBeLessThan(resetMs * 2);
  expect(await mend(items[0].verb)).toBe(200);
  expect((await attention(town)).items).toEqual([]);
  await timePasses(town);
  await town.stub().reconcile();
  await quiet(town);
  expect((await rows(town)).agents).toMatchObject([{ status: "working" }, { status: "working" }]);
});

test("the same of an agent's own limit", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" }, { title: "two" });
  await quiet(town);
  await reports(town, 1, failed("provider_limited", 20 * 60_000));
  await reports(town, 2, failed("provider_limited", 20 * 60_000));
  const { items } = await attention(town);
  expect(items).toMatchObject([{ key: "limited:ada", severity: "notice", nextAt: expect.stringMatching(/^20/) }]);
  expect(items).toHaveLength(1);
  expect(await mend(items[0].verb)).toBe(200);
  expect((await attention(town)).items).toEqual([]);
});
