/** What HTTP clients, proxies and people at a terminal may expect of every answer. */
import { env, exports } from "cloudflare:workers";
import { expect, test } from "vitest";
import { call, json } from "./http.ts";
import { anAgent, aTown, beads, quiet } from "./town.ts";

const raw = (method: string, path: string, headers: Record<string, string>, body?: string) =>
  (exports as unknown as { default: Fetcher }).default.fetch(`http://town.test${path}`, {
    method,
    headers,
    ...(body !== undefined && { body }),
  });
const authorization = `Bearer ${env.TOWNKEEPER_TOKEN}`;

test("an answer has an id, its asker's own where it is one, and is kept by no cache", async () => {
  const town = await aTown();
  for (const [path, status] of [
    [`/v1/towns/${town.name}`, 200],
    ["/v1/towns/nowhere", 404],
    ["/healthz", 200],
  ] as const) {
    const answer = await raw("GET", path, { authorization, "x-request-id": "mine-1" });
    expect(answer.status).toBe(status);
    expect(answer.headers.get("x-request-id")).toBe("mine-1");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    await answer.text();
  }
  const odd = await raw("GET", "/healthz", { "x-request-id": "<script>" });
  expect(odd.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  await odd.text();
});

test("who has no token is told how to show one; the scheme is written in any case", async () => {
  const refused = await raw("GET", "/v1/towns/x", {});
  expect(refused.status).toBe(401);
  expect(refused.headers.get("www-authenticate")).toMatch(/^Bearer /);
  await refused.text();
  const town = await aTown();
  for (const scheme of ["bearer", "BEARER"]) {
    const answer = await raw("GET", `/v1/towns/${town.name}`, { authorization: `${scheme} ${env.TOWNKEEPER_TOKEN}` });
    expect(answer.status).toBe(200);
    await answer.text();
  }
});

test("whether the Worker answers is told without a token, and nothing else is", async () => {
  const answer = await raw("GET", "/healthz", {});
  expect(await answer.json()).toEqual({ ok: true });
});

test.each([
  ["PUT", "/v1/towns/{town}", "DELETE, GET, HEAD, OPTIONS, PATCH"],
  ["DELETE", "/v1/towns/{town}/beads/lib-1", "GET, HEAD, OPTIONS, PATCH"],
  ["GET", "/v1/towns/{town}/beads:batch", "OPTIONS, POST"],
  ["POST", "/v1/towns/{town}/health", "GET, HEAD, OPTIONS"],
  ["POST", "/healthz", "GET, HEAD, OPTIONS"],
])("%s %s is refused with the methods that there are", async (method, path, allow) => {
  const town = await aTown();
  const at = path.replace("{town}", town.name);
  const answer = await raw(
    method,
    at,
    { authorization, "content-type": "application/json" },
    method === "GET" ? undefined : "{}",
  );
  expect(answer.status).toBe(405);
  expect(answer.headers.get("allow")).toBe(allow);
  expect(await answer.json()).toMatchObject({ code: "method_not_allowed" });
  const options = await raw("OPTIONS", at, { authorization });
  expect([options.status, options.headers.get("allow")]).toEqual([204, allow]);
  expect(await options.text()).toBe("");
});

test("HEAD answers as GET does, without a body", async () => {
  const town = await aTown();
  const answer = await raw("HEAD", `/v1/towns/${town.name}/health`, { authorization });
  expect([answer.status, await answer.text()]).toEqual([200, ""]);
});

test.each(["text/html", "text/plain;charset=UTF-8", "multipart/form-data; boundary=x", "application/xml", "json"])(
  "a body of type %s is refused, and nothing is made",
  async (type) => {
    const town = await aTown();
    const body = JSON.stringify({ rig: "lib", title: "one" });
    const answer = await raw("POST", `/v1/towns/${town.name}/beads`, { authorization, "content-type": type }, body);
    expect(await json(answer)).toMatchObject({ status: 415, code: "not_json" });
    expect(await json(await call("GET", `/v1/towns/${town.name}/beads`))).toMatchObject({ items: [] });
  },
);

test.each([
  "application/json; charset=utf-8",
  "Application/JSON",
  "application/merge-patch+json",
  "application/x-www-form-urlencoded",
])("a body of type %s is taken for JSON", async (type) => {
  const town = await aTown();
  const body = JSON.stringify({ rig: "lib", title: "one" });
  const answer = await raw("POST", `/v1/towns/${town.name}/beads`, { authorization, "content-type": type }, body);
  expect(await json(answer)).toMatchObject({ id: "lib-1" });
});

test("what was made is found where its answer says, and says the same there", async () => {
  const town = await aTown();
  const at = `/v1/towns/${town.name}`;
  for (const [path, body] of [
    ["/v1/towns", { name: `${town.name}-2` }],
    [`${at}/rigs`, { id: "two", repoUrl: "/repos/two.git", defaultBranch: "main" }],
    [`${at}/agents`, { id: "bob", rig: "lib", command: ["accept"] }],
    [`${at}/beads`, { rig: "lib", title: "one" }],
    [`${at}/convoys`, { id: "tour", title: "a tour", beads: [{ rig: "lib", title: "two" }] }],
    [`${at}/hosts`, { id: "box" }],
  ] as const) {
    const made = await call("POST", path, body);
    const location = made.headers.get("location") ?? "";
    const [said, found] = [await json(made), await json(await call("GET", location))];
    expect([said.status === 201 || "id" in said, found.id ?? found.name], location).toEqual([
      true,
      said.id ?? said.name,
    ]);
  }
  expect(
    (await call("POST", `${at}/beads:batch`, { beads: [{ rig: "lib", title: "b" }] })).headers.get("location"),
  ).toBe(null);
});

test("one agent, rig, host and attempt can be asked for, and one that is not there is named", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  const at = `/v1/towns/${town.name}`;
  expect(await json(await call("GET", `${at}/agents/ada`))).toMatchObject({ id: "ada", bead: "lib-1" });
  expect(await json(await call("GET", `${at}/rigs/lib`))).toMatchObject({ id: "lib" });
  expect(await json(await call("GET", `${at}/attempts/1`))).toMatchObject({ fence: 1, bead: "lib-1" });
  for (const [path, code] of [
    ["/agents/bob", "agent_not_found"],
    ["/rigs/web", "rig_not_found"],
    ["/hosts/box", "host_not_found"],
    ["/attempts/9", "attempt_not_found"],
  ])
    expect(await json(await call("GET", at + path))).toMatchObject({ status: 404, code });
});
