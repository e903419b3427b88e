/** Who asked for what, once and not twice, and of which version: what goes with a command beside its input. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { beadInput } from "../../src/commands/inputs.ts";
import { call, json } from "./http.ts";
import { anAgent, aTown, beads, rows, type TestTown, tamper } from "./town.ts";

const bead = (title: string) => ({ rig: "lib", title });
const send = (method: string, path: string, body: unknown, headers: Record<string, string>) =>
  call(method, path, body, env.TOWNKEEPER_TOKEN, headers);
const keyed = (path: string, body: unknown, key: string) => send("POST", path, body, { "idempotency-key": key });
const at = ({ name }: TestTown, path: string) => `/v1/towns/${name}${path}`;

test("an accepted command is on record with who asked, how and where, and a refused one is not", async () => {
  const name = `asked-${Math.floor(Math.random() * 1e9)}`;
  await call("POST", "/v1/towns", { name });
  const town = `/v1/towns/${name}`;
  await call("POST", `${town}/rigs`, { id: "lib", repoUrl: "/repos/lib.git", defaultBranch: "main" });
  const headers = { "x-request-id": "of-mine", "x-townkeeper-way": "town" };
  expect((await send("POST", `${town}/beads`, bead("One"), headers)).status).toBe(201);
  expect((await call("POST", `${town}/beads/lib-9/cancel`, { reason: "no" })).status).toBe(404);
  await call("PATCH", `${town}/beads/lib-1`, { title: "Two" });
  const { items, nextCursor } = await json(await call("GET", `${town}/audit`));
  expect(nextCursor).toBeNull();
  const operator = { type: "operator", id: "operator", name: "operator" };
  expect(items).toMatchObject([
    { command: "edit-bead", actor: operator, way: "api", path: "/beads/lib-1" },
    { command: "create-bead", actor: operator, way: "town", path: "/beads", requestId: "of-mine" },
    { command: "add-rig", actor: operator, path: "/rigs" },
    { command: "create-town", actor: operator, tick: 0 },
  ]);
  const ticks = await json(await call("GET", `${town}/ticks`));
  expect(ticks.items[0].commands).toMatchObject([{ command: "edit-bead", actor: operator }]);
  const timeline = await json(await call("GET", `${town}/beads/lib-1/timeline`));
  expect(timeline.items).toMatchObject([
    { what: "noted", kind: "edited", by: operator },
    { what: "created", by: operator },
  ]);
  expect(await json(await call("GET", `${town}/beads/lib-1`))).toMatchObject({ createdBy: operator });
  const pages: unknown[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const page = await json(await call("GET", `${town}/audit?limit=1${cursor && `&cursor=${cursor}`}`));
    pages.push(...page.items);
    cursor = page.nextCursor;
  }
  expect(pages).toEqual(items);
});

test("who asked is kept when its tick is not", async () => {
  const town = await aTown();
  await call("POST", at(town, "/beads"), bead("The first"));
  // As if five hundred ticks and more had come since, in the first of which something can't be read.
  await tamper(
    town,
    `INSERT INTO ticks (tick, started_at_ms, record) WITH RECURSIVE n(i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 1700)
     SELECT i, 1, CASE i WHEN 1000 THEN 'no JSON' ELSE '{"facts":{}}' END FROM n`,
  );
  await tamper(town, `UPDATE town SET ticks = 1700, counters = json_set(counters, '$.eventful', 49)`);
  await call("POST", at(town, "/beads"), bead("The last"));
  const { items } = await json(await call("GET", at(town, "/audit")));
  expect(items.map(({ command }: { command: string }) => command)).toEqual([
    "create-bead",
    "create-bead",
    "add-rig",
    "create-town",
  ]);
  expect((await json(await call("GET", at(town, "/ticks?limit=200")))).items).toHaveLength(200);
});

test("the same request with the same key, eight times at once, is done once and answered alike", async () => {
  const town = await aTown();
  const sent = Array.from({ length: 8 }, () => keyed(at(town, "/beads"), bead("Once"), "a-key"));
  const answers = await Promise.all(sent.map(async (response) => json(await response)));
  expect(answers[0]).toMatchObject({ id: "lib-1", title: "Once" });
  for (const answer of answers) expect(answer).toEqual(answers[0]);
  await evictDurableObject(town.stub());
  expect(await json(await keyed(at(town, "/beads"), bead("Once"), "a-key"))).toEqual(answers[0]);
  expect((await rows(town)).beads).toHaveLength(1);
  expect(await json(await keyed(at(town, "/beads"), bead("Another"), "a-key"))).toMatchObject({
    status: 422,
    code: "key_reused",
  });
  expect(await json(await keyed(at(town, "/beads"), bead("Once"), "another-key"))).toMatchObject({ id: "lib-2" });
  expect((await rows(town)).beads).toHaveLength(2);
});

test("a command that asks a host first is done once too, and the others wait for its answer", async () => {
  const town = await aTown();
  const rig = { id: "web", repoUrl: "/repos/slow.git", defaultBranch: "main" };
  const sent = Array.from({ length: 8 }, () => keyed(at(town, "/rigs"), rig, "rig"));
  const answers = await Promise.all(sent.map(async (response) => json(await response)));
  for (const answer of answers) expect(answer).toEqual(answers[0]);
  expect(answers[0]).toMatchObject({ status: 201, id: "web" });
});

test("a host that is added twice with one key has the same token, and it is good", async () => {
  const town = await aTown();
  const sent = Array.from({ length: 8 }, () => keyed(at(town, "/hosts"), { id: "pc" }, "host"));
  const answers = await Promise.all(sent.map(async (response) => json(await response)));
  for (const answer of answers) expect(answer).toEqual(answers[0]);
  const { token } = answers[0];
  const joins = await call("GET", at(town, "/hosts/pc/channel"), undefined, token, {
    "x-townkeeper-boot": "00000000-0000-4000-8000-000000000001",
    "x-townkeeper-protocol": "1",
  });
  expect(joins.status).not.toBe(401);
  expect(JSON.stringify(await rows(town))).not.toContain(token);
});

test("a town that is created twice with one key is there once, and the second is told the same", async () => {
  const name = `once-${Math.floor(Math.random() * 1e9)}`;
  const sent = Array.from({ length: 8 }, () => keyed("/v1/towns", { name }, "town"));
  const answers = await Promise.all(sent.map(async (response) => json(await response)));
  for (const answer of answers) expect(answer).toEqual(answers[0]);
  expect(answers[0]).toMatchObject({ status: 201, name });
  expect((await call("POST", "/v1/towns", { name })).status).toBe(409);
  expect((await keyed("/v1/towns", { name }, "a-later-one")).status).toBe(409);
});

test("what was done and the memory of it are written together, wherever the object ends", async () => {
  const town = await aTown();
  const once = { key: "operator k", print: "p" };
  const input = { beads: [{ ...beadInput.parse(bead("One")), dependsOn: [] }] };
  const counts = "SELECT (SELECT count(*) FROM beads) AS beads, (SELECT count(*) FROM answers) AS answers";
  await runInDurableObject(town.stub(), async (object, { storage }) => {
    const answer = object.execute("create-beads", input, { once });
    // In one turn, with nothing waited for in between: the platform writes such a turn whole, or not at all.
    expect(storage.sql.exec(counts).toArray()).toEqual([{ beads: 1, answers: 1 }]);
    expect(await answer).toMatchObject({ ok: true });
  });
  await runInDurableObject(town.stub(), (object, state) => {
    void object.execute("create-beads", input, { once: { ...once, key: "operator k2" } });
    state.abort("crash");
  }).catch(() => undefined);
  await runInDurableObject(town.stub(), (_object, { storage }) => {
    const [{ beads: made, answers: kept } = {}] = storage.sql.exec(counts).toArray();
    expect(made).toBe(kept);
  });
});

test("what is no command is done once with one key too: a look at everything, and a session's token", async () => {
  const town = await aTown();
  for (const [path, status] of [
    ["/reconcile", 200],
    ["/session-tokens", 201],
  ] as const) {
    const sent = Array.from({ length: 8 }, () => keyed(at(town, path), {}, path));
    const answers = await Promise.all(sent.map(async (response) => json(await response)));
    expect(answers[0], path).toMatchObject({ status });
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    await evictDurableObject(town.stub());
    await scheduler.wait(5);
    expect(await json(await keyed(at(town, path), {}, path))).toEqual(answers[0]);
    expect(await json(await keyed(at(town, path), {}, "another-key"))).not.toEqual(answers[0]);
  }
});

test("a key is over after a day, and so is what was kept for it", async () => {
  const town = await aTown();
  await keyed(at(town, "/beads"), bead("One"), "old");
  await tamper(town, "UPDATE answers SET at_ms = at_ms - 86400001");
  await keyed(at(town, "/beads"), bead("Two"), "new");
  expect((await keyed(at(town, "/beads"), bead("One"), "old")).status).toBe(201);
  expect((await rows(town)).beads).toHaveLength(3);
});

test("a key that can't be read is refused", async () => {
  const town = await aTown();
  for (const key of [" ", "é", "x".repeat(201)]) {
    const answer = await keyed(at(town, "/beads"), bead("One"), key).catch(() => null);
    if (answer) expect(answer.status, key).toBe(422);
  }
});

test("a change that is meant for another version is refused, and nothing is lost", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept", {});
  await beads(town, { title: "One" });
  await call("POST", at(town, "/hosts"), { id: "pc" });
  const changes: [string, object][] = [
    ["/beads/lib-1", { title: "Two" }],
    ["/agents/ada", { paused: { why: "later" } }],
    ["/rigs/lib", { maxAgents: 3 }],
    ["/hosts/pc", { enabled: false }],
    ["", { draining: true }],
  ];
  for (const [path, change] of changes) {
    const etag = (await call("GET", at(town, path))).headers.get("etag") ?? "";
    expect(etag, path).toMatch(/^"\w+"$/);
    expect((await call("GET", at(town, path))).headers.get("etag")).toBe(etag);
    const changed = await send("PATCH", at(town, path), change, { "if-match": etag });
    expect([changed.status, await changed.text()], path).toMatchObject([200, expect.anything()]);
    const newer = changed.headers.get("etag");
    expect(newer, path).not.toBe(etag);
    expect((await call("GET", at(town, path))).headers.get("etag"), path).toBe(newer);
    const late = await send("PATCH", at(town, path), change, { "if-match": etag });
    expect(await json(late), path).toMatchObject({ status: 412, code: "version_passed" });
    expect((await send("PATCH", at(town, path), {}, { "if-match": `"x", ${newer}` })).status, path).not.toBe(412);
  }
});

test("of eight changes at once that are meant for one version, one is made", async () => {
  const town = await aTown();
  await beads(town, { title: "One" });
  const etag = (await call("GET", at(town, "/beads/lib-1"))).headers.get("etag") ?? "";
  const sent = Array.from({ length: 8 }, (_, n) =>
    send("PATCH", at(town, "/beads/lib-1"), { title: `By ${n}` }, { "if-match": etag }),
  );
  const statuses = (await Promise.all(sent)).map(({ status }) => status);
  expect(statuses.filter((status) => status === 200)).toHaveLength(1);
  expect(statuses.filter((status) => status === 412)).toHaveLength(7);
});

test("a bead's texts, labels and metadata are changed by who says which version was read, or that it is all the same", async () => {
  const town = await aTown();
  await beads(town, { title: "One" });
  const path = at(town, "/beads/lib-1");
  for (const change of [{ body: "more" }, { acceptance: "done" }, { labels: ["a"] }, { metadata: { a: 1 } }])
    expect(await json(await call("PATCH", path, { title: "Two", ...change }))).toMatchObject({
      status: 428,
      code: "version_missing",
      detail: expect.stringContaining(Object.keys(change)[0] as string),
    });
  expect(await json(await call("GET", path))).toMatchObject({ title: "One", body: "", labels: [] });
  expect((await send("PATCH", path, { body: "more" }, { "if-match": "*" })).status).toBe(200);
  expect(await json(await call("PATCH", path, { title: "Two", touches: ["src"] }))).toMatchObject({ body: "more" });
});
