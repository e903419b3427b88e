/** Models work by tools, which are the contract's operations: the same input, the same refusals, the same scopes. */
import { expect, test } from "vitest";
import { PRESETS, SCOPES, type Scope } from "../../src/lib/scopes.ts";
import { call, json } from "./http.ts";
import { type Any, aToken, bead, listed, REVISION, send, use } from "./mcp-scene.ts";
import { anAgent, aTown, beads, quiet } from "./town.ts";

test("a client that begins is told what this is, and gets no session", async () => {
  const hello = { protocolVersion: REVISION, capabilities: {}, clientInfo: { name: "test", version: "1" } };
  const answer = await call("POST", "/mcp", { jsonrpc: "2.0", id: 1, method: "initialize", params: hello }, undefined, {
    accept: "application/json, text/event-stream",
  });
  expect(answer.headers.get("mcp-session-id")).toBe(null);
  expect(answer.headers.get("content-type")).toContain("application/json");
  expect(await json(answer)).toMatchObject({
    status: 200,
    result: { protocolVersion: REVISION, serverInfo: { name: "townkeeper" }, capabilities: { tools: {} } },
  });
});

test("a town is worked through by tools alone", async () => {
  const { name: town } = await aTown();
  const made = await use("create_beads", {
    town,
    beads: [
      bead("First", { ref: "a", priority: 3 }),
      bead("Second", { dependsOn: ["a"] }),
      bead("Urgent", { priority: 0 }),
    ],
  });
  expect(made).toMatchObject({
    isError: false,
    said: { items: [{ id: "lib-1" }, { id: "lib-2", blockedBy: 1 }, { id: "lib-3" }] },
  });
  const ready = async () => (await use("list_ready_beads", { town })).said.items.map(({ id }: Any) => id);
  expect(await ready()).toEqual(["lib-3", "lib-1"]);
  await use("update_bead", { town, bead: "lib-3", hold: { why: "not yet" } });
  expect(await ready()).toEqual(["lib-1"]);
  expect(await use("update_bead", { town, bead: "lib-1", title: "The first" })).toMatchObject({
    said: { title: "The first" },
  });
  expect(await use("explain_bead", { town, bead: "lib-2" })).toMatchObject({
    said: { gates: expect.arrayContaining([expect.objectContaining({ gate: "blocked", ok: false })]) },
  });
  await use("close_bead", { town, bead: "lib-1", reason: "done by hand" });
  expect(await ready()).toEqual(["lib-2"]);
  expect((await use("list_beads", { town, status: "closed" })).said.items).toMatchObject([{ id: "lib-1" }]);
  expect((await use("show_bead", { town, bead: "lib-1" })).said).toMatchObject({
    notes: expect.arrayContaining([expect.objectContaining({ text: "closed without a run: done by hand" })]),
  });
  expect(await use("create_convoy", { town, id: "tour", title: "A tour", beads: [bead("Third")] })).toMatchObject({
    isError: false,
    said: { id: "tour", members: [{ id: "lib-4" }] },
  });
  expect((await use("list_convoys", { town })).said.items).toMatchObject([{ id: "tour" }]);
  expect((await use("show_convoy", { town, convoy: "tour" })).said).toMatchObject({ stages: [["lib-4"]] });
  expect((await use("list_rigs", { town })).said.items).toMatchObject([{ id: "lib" }]);
  expect((await use("list_attention", { town })).said).toHaveProperty("items");
  expect((await use("show_health", { town })).said).toHaveProperty("verdict");
});

test("what an attempt printed is told from its end", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  expect(await use("show_attempt_log", { town: town.name, fence: 1, chars: 500 })).toMatchObject({
    isError: false,
    said: { fence: 1, bead: "lib-1", text: "" },
  });
  expect(await use("show_attempt_log", { town: town.name, fence: 9 })).toMatchObject({
    isError: true,
    said: { code: "attempt_not_found" },
  });
});

test("who asked, and that it came this way, is in the audit", async () => {
  const { name: town } = await aTown();
  const token = await aToken({ preset: "submitter", towns: [town] });
  await use("create_beads", { beads: [bead("One")] }, token);
  await use("close_bead", { bead: "lib-1", reason: "no" }, token);
  const { items } = await json(await call("GET", `/v1/towns/${town}/audit`));
  expect(items).toMatchObject([
    { command: "close-bead", actor: { type: "token", name: "model" }, way: "mcp", path: "/beads/lib-1/close" },
    { command: "create-beads", way: "mcp", path: "/beads:batch" },
    { command: "add-rig" },
    { command: "create-town" },
  ]);
});

/** The scope of each tool, said here once more. */
const TAKES: Record<string, Scope> = {
  create_beads: "beads:write",
  list_ready_beads: "beads:read",
  list_beads: "beads:read",
  show_bead: "beads:read",
  explain_bead: "beads:read",
  update_bead: "beads:write",
  close_bead: "beads:write",
  list_rigs: "beads:read",
  list_convoys: "beads:read",
  show_convoy: "beads:read",
  create_convoy: "beads:write",
  list_attention: "beads:read",
  show_health: "metrics:read",
  show_attempt_log: "logs:read",
};

test("a token is shown the tools that it may use, and is refused the others", async () => {
  const { name: town } = await aTown();
  expect((await listed()).map(({ name }) => name)).toEqual(Object.keys(TAKES));
  for (const scopes of [...SCOPES.map((scope) => [scope]), ...Object.values(PRESETS)] as Scope[][]) {
    const token = await aToken({ scopes });
    const may = Object.keys(TAKES).filter((tool) => scopes.includes(TAKES[tool] as Scope));
    expect(
      (await listed(token)).map(({ name }) => name),
      scopes.join(),
    ).toEqual(may);
    for (const tool of Object.keys(TAKES)) {
      const { isError, said } = await use(tool, { town, bead: "none" }, token);
      if (may.includes(tool)) expect(said.code, `${tool} with ${scopes}`).not.toMatch(/^(?:scope_missing|wrong_town)$/);
      else expect([isError, said.code], `${tool} with ${scopes}`).toEqual([true, "scope_missing"]);
    }
  }
});

test("a token of other towns reaches none but those", async () => {
  const [here, there] = [await aTown(), await aTown()];
  const token = await aToken({ preset: "operator", towns: [here.name] });
  await use("create_beads", { beads: [bead("One")] }, token);
  for (const tool of Object.keys(TAKES))
    expect(await use(tool, { town: there.name }, token)).toMatchObject({ isError: true, said: { code: "wrong_town" } });
  expect((await use("list_beads", {}, token)).said.items).toMatchObject([{ title: "One" }]);
  expect((await listed(token))[0].inputSchema.properties).not.toHaveProperty("town");
  for (const { name } of [here, there]) await call("GET", `/v1/towns/${name}`);
  const both = await aToken({ preset: "viewer", towns: [here.name, there.name] });
  expect(await use("list_beads", {}, both)).toMatchObject({
    isError: true,
    said: { code: "invalid_input", remedy: expect.stringContaining(here.name) },
  });
  expect((await listed(both))[0].inputSchema.properties).toHaveProperty("town");
});

test("the same call with the same key is done once, by this way or by HTTP", async () => {
  const { name: town } = await aTown();
  const given = { town, beads: [bead("Once")], idempotencyKey: "k-1" };
  const answers = await Promise.all([
    use("create_beads", given),
    use("create_beads", given),
    use("create_beads", given),
  ]);
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  await call("POST", `/v1/towns/${town}/beads:batch`, { beads: [bead("Once")] }, undefined, {
    "idempotency-key": "k-1",
  });
  expect((await use("list_beads", { town })).said.items).toHaveLength(1);
  expect(await use("create_beads", { ...given, beads: [bead("Another")] })).toMatchObject({
    said: { code: "key_reused" },
  });
  expect(await use("create_beads", { ...given, idempotencyKey: "" })).toMatchObject({
    said: { code: "invalid_input", cause: expect.stringMatching(/^idempotencyKey: /), remedy: expect.any(String) },
  });
});

test.each<[string, string, object, string, RegExp]>([
  [
    "a field that is missing",
    "create_beads",
    { beads: [{ rig: "lib" }] },
    "invalid_input",
    /^the 1st of beads, title: is missing/,
  ],
  ["a field of another type", "create_beads", { beads: "one" }, "invalid_input", /^beads: must be a list/],
  [
    "a field that there is not",
    "close_bead",
    { bead: "lib-1", reason: "x", now: true },
    "invalid_input",
    /no now here/,
  ],
  ["a filter that there is not", "list_beads", { colour: "red" }, "invalid_input", /no colour here/],
  [
    "a word that is none",
    "list_beads",
    { status: "done" },
    "invalid_input",
    /^status: must be one of .*, and is "done"$/,
  ],
  ["a list where none is", "list_beads", { status: ["open"] }, "invalid_input", /^status: must be a text/],
  [
    "a number out of bounds",
    "list_beads",
    { limit: 1000 },
    "invalid_input",
    /^limit: must be a whole number from 1 to 200/,
  ],
  ["a rig that there is not", "create_beads", { beads: [{ rig: "web", title: "x" }] }, "rig_unknown", /web/],
  ["a bead that there is not", "show_bead", { bead: "lib-9" }, "bead_not_found", /lib-9/],
  ["no bead", "show_bead", {}, "invalid_input", /^bead: is missing/],
  ["a name of nobody's", "show_bead", { bead: "../x" }, "invalid_input", /^bead: /],
  ["a town that is no name", "list_rigs", { town: "../../v1" }, "invalid_input", /^town: /],
  ["a town that there is not", "list_rigs", { town: "nowhere" }, "town_not_found", /no such town/],
])("%s is refused with what is wrong and how to mend it", async (_, tool, given, code, cause) => {
  const town = await aTown();
  const { isError, said } = await use(tool, { town: town.name, ...given });
  expect({ isError, ...said }).toMatchObject({ isError: true, code, cause: expect.stringMatching(cause) });
  expect(said.remedy).toBeTruthy();
  expect((await use("list_beads", { town: town.name })).said.items).toEqual([]);
});

test.each<[string, Any]>([
  ["a list", []],
  ["a text", "x"],
  ["a number", 7],
])("arguments that are %s are refused", async (_, given) => {
  const { error, result } = await send("tools/call", { name: "list_beads", arguments: given });
  expect(error?.code ?? result.isError).toBeTruthy();
});

test("what is nested without end is refused, and the town goes on", async () => {
  const { name: town } = await aTown();
  let deep: object = {};
  for (let n = 0; n < 5_000; n++) deep = { deep };
  expect(await use("create_beads", { town, beads: [bead("x", { metadata: deep })] })).toMatchObject({
    said: { code: "too_deep" },
  });
  expect((await use("list_beads", { town })).said.items).toEqual([]);
});

test("names that objects have of themselves are no tools, no fields and no towns", async () => {
  const { name: town } = await aTown();
  for (const name of ["__proto__", "constructor", "toString"]) {
    expect((await send("tools/call", { name, arguments: {} })).error).toMatchObject({ code: -32602 });
    const given = JSON.parse(`{"town": "${town}", "beads": [{"rig": "lib", "title": "x"}], "${name}": {"x": 1}}`);
    const { isError } = await use("create_beads", given);
    const { items } = (await use("list_beads", { town })).said;
    // One that vanishes while it is read does nothing; none is taken for something else.
    expect(isError || items.every(({ title }: Any) => title === "x"), name).toBe(true);
    expect(await use("list_rigs", { town: name })).toMatchObject({ isError: true });
  }
  expect(({} as Any).x).toBe(undefined);
});

test("a tool that there is not is an error of the protocol, which names those that there are", async () => {
  const { error } = await send("tools/call", { name: "delete_everything", arguments: {} });
  expect(error).toMatchObject({ code: -32602, message: expect.stringContaining("create_beads") });
});

test("several messages at once are refused, so that one request is one", async () => {
  const message = { jsonrpc: "2.0", id: 1, method: "tools/list" };
  const answer = await call("POST", "/mcp", [message, message], undefined, {
    accept: "application/json, text/event-stream",
  });
  expect(await json(answer)).toMatchObject({ status: 400, error: { code: -32600 } });
});

test("a page of somebody else's is not answered", async () => {
  const message = { jsonrpc: "2.0", id: 1, method: "tools/list" };
  const from = (origin: string) =>
    call("POST", "/mcp", message, undefined, { accept: "application/json, text/event-stream", origin });
  for (const origin of ["http://evil.example", "null", "http://town.test.evil.example"])
    expect((await from(origin)).status, origin).toBe(403);
  for (const origin of ["http://town.test", "http://localhost:6274"])
    expect((await from(origin)).status, origin).toBe(200);
});

/** A token of a model's is some four characters of English, and fewer of JSON: three, to be on the safe side. */
const BYTES_PER_TOKEN = 3;

test("all tools together are told in 3,000 tokens", async () => {
  const bytes = new TextEncoder().encode(JSON.stringify(await listed())).length;
  expect(bytes / BYTES_PER_TOKEN).toBeLessThan(3_000);
});
