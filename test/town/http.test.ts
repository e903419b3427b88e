import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { mintRunToken, type RunClaims } from "../../src/lib/run-token.ts";
import { signingKeys } from "../../src/lib/signed-token.ts";
import { call, json } from "./http.ts";
import { anAgent, aTown, beads, quiet, rows } from "./town.ts";

const runToken = (claims: Omit<RunClaims, "expiresAtMs">, nowMs = Date.now()) =>
  mintRunToken(signingKeys(env), claims, { nowMs, leaseMs: 60_000, maxMs: 60_000 });

test("nothing answers without the operator's token", async () => {
  const town = await aTown();
  for (const token of [
    "",
    "tk_wrong",
    await runToken({ kind: "run", town: town.name, agent: "ada", bead: "lib-1", fence: 1 }),
  ])
    for (const [method, path] of [
      ["GET", "/v1"],
      ["GET", `/v1/towns/${town.name}`],
      ["POST", "/v1/towns"],
      ["GET", `/v1/towns/${town.name}/health`],
      ["POST", `/v1/towns/${town.name}/beads`],
    ] as const) {
      const answer = await call(method, path, method === "POST" ? {} : undefined, token);
      expect(answer.status).toBe(401);
      expect(answer.headers.get("content-type")).toContain("application/problem+json");
      await answer.text();
    }
});

test("a whole town is made over HTTP", async () => {
  expect(await json(await call("POST", "/v1/towns", { name: "http-town" }))).toMatchObject({
    status: 201,
    name: "http-town",
    beads: { total: 0 },
  });
  expect(await json(await call("POST", "/v1/towns", { name: "http-town" }))).toMatchObject({
    status: 409,
    code: "town_exists",
  });
  const at = "/v1/towns/http-town";
  expect(await json(await call("POST", `${at}/rigs`, { id: "lib", repoUrl: "/repos/lib.git" }))).toMatchObject({
    status: 201,
    defaultBranch: "main",
  });
  expect(
    await json(
      await call("POST", `${at}/agents`, { id: "ada", rig: "lib", command: ["accept"], env: { KEY: "secret" } }),
    ),
  ).toMatchObject({
    status: "idle",
    env: ["KEY"],
  });
  const one = await json(await call("POST", `${at}/beads`, { rig: "lib", title: "one" }));
  expect(one).toMatchObject({ id: "lib-1", title: "one", priority: 2 });
  const batch = await json(
    await call("POST", `${at}/beads:batch`, {
      beads: [
        { ref: "a", rig: "lib", title: "a", dependsOn: ["lib-1"] },
        { rig: "lib", title: "b", dependsOn: ["a", "lib-1"] },
      ],
    }),
  );
  expect(batch.items).toMatchObject([
    { id: "lib-2", blockedBy: 1 },
    { id: "lib-3", blockedBy: 2 },
  ]);
  expect(await json(await call("GET", `${at}/beads/lib-3`))).toMatchObject({
    dependsOn: [
      { id: "lib-1", type: "blocks" },
      { id: "lib-2", type: "blocks" },
    ],
    attempts: [],
  });

  for (const [sent, said] of [
    ["limit=abc", 'limit: must be a whole number from 1 to 200, and is "abc"'],
    ["limit=0", 'limit: must be a whole number from 1 to 200, and is "0"'],
    ["cursor=x", 'cursor: must be the nextCursor of the page before, and is "x"'],
    ["status=done", expect.stringMatching(/^status: must be one of open, .*, and is "done"$/)],
  ])
    expect(await json(await call("GET", `${at}/beads?${sent}`))).toMatchObject({
      status: 422,
      detail: said,
      hint: expect.stringContaining("`limit=`, `cursor=`"),
    });
  const first = await json(await call("GET", `${at}/beads?limit=2`));
  expect(first.items.map((b: { id: string }) => b.id)).toEqual(["lib-3", "lib-2"]);
  const second = await json(await call("GET", `${at}/beads?limit=2&cursor=${first.nextCursor}`));
  expect(second).toMatchObject({ items: [{ id: "lib-1" }], nextCursor: null });
  const firstAttempts = await json(await call("GET", `${at}/attempts?limit=1`));
  for (const other of [
    `/beads?limit=2&cursor=${first.nextCursor}&status=open`,
    `/beads?limit=2&cursor=${firstAttempts.nextCursor}`,
    `/attempts?cursor=${first.nextCursor}`,
    `/beads:export?rig=lib&cursor=${first.nextCursor}`,
  ])
    expect(await json(await call("GET", at + other)), other).toMatchObject({ status: 422, code: "other_list" });
  expect((await call("GET", `${at}/beads?cursor=${first.nextCursor}`)).status).toBe(200);
  expect(await json(await call("GET", `${at}/attempts?bead=lib-1`))).toMatchObject({
    items: [{ fence: 1, kind: "run" }],
  });
  expect(await json(await call("GET", `${at}/health`))).toMatchObject({
    pollStale: false,
    hasStuckQueue: false,
    readyUnassignedBeads: 0,
  });
  expect(await json(await call("GET", `${at}/invariants`))).toEqual({
    ...{ status: 200, violations: [], nextCursor: null },
    beads: { checked: 3, of: 3 },
  });
});

test.each([
  ["POST", "/beads", { rig: "lib" }, 422, "invalid_input", "title"],
  ["POST", "/beads", { rig: "lib", title: "x", priority: "high" }, 422, "invalid_input", "priority"],
  ["POST", "/beads", { rig: "lib", title: "x", prio: 1 }, 422, "invalid_input", "prio"],
  ["POST", "/beads", { rig: "nope", title: "x" }, 422, "rig_unknown", "nope"],
  ["POST", "/beads", { rig: "lib", title: "x", dependsOn: ["lib-99"] }, 422, "dependency_unknown", "lib-99"],
  ["POST", "/beads", "{not json", 400, "invalid_json", "JSON"],
  ["POST", "/beads:batch", { beads: [] }, 422, "invalid_input", "beads"],
  ["POST", "/agents", { id: "ada", rig: "lib", command: "claude -p" }, 422, "invalid_input", "command"],
  ["POST", "/agents", { id: "Ada Lovelace", rig: "lib", command: ["x"] }, 422, "invalid_input", "lower-case"],
  ["POST", "/agents", { id: "ada", rig: "nope", command: ["x"] }, 422, "rig_unknown", "nope"],
  ["POST", "/rigs", { id: "evil", repoUrl: "--upload-pack=id" }, 422, "invalid_input", "repoUrl"],
  ["POST", "/rigs", { id: "evil", repoUrl: "/a.git", defaultBranch: "-x" }, 422, "invalid_input", "defaultBranch"],
  ["POST", "/rigs", { id: "lib", repoUrl: "/a.git" }, 409, "rig_exists", "lib"],
  ["GET", "/beads/lib-99", undefined, 404, "bead_not_found", "lib-99"],
  ["GET", "/beads?limit=1000", undefined, 422, "invalid_input", "limit"],
  ["GET", "/beads?cursor=zzz", undefined, 422, "invalid_input", "cursor"],
  ["GET", "/beads?colour=red", undefined, 422, "invalid_input", "(query)"],
  ["GET", "/beads/Lib-1", undefined, 422, "invalid_input", "{bead} in the path: use lower-case"],
  ["GET", "/attempts/abc/log", undefined, 422, "invalid_input", "{fence} in the path: use an attempt's fence"],
  ["GET", "/nothing", undefined, 404, "no_route", "/nothing"],
  ["DELETE", "/beads/lib-1", undefined, 405, "method_not_allowed", "DELETE"],
] as const)("%s %s with %j is refused and says why", async (method, path, body, status, code, word) => {
  const town = await aTown();
  const before = await rows(town);
  const answer = await json(await call(method, `/v1/towns/${town.name}${path}`, body));
  expect(answer).toMatchObject({ status, code });
  expect(JSON.stringify(answer)).toContain(word);
  expect(answer.hint).toMatch(/\S/);
  const after = await rows(town);
  expect({ ...after, town: null }).toEqual({ ...before, town: null });
});

test("a dependency cycle is refused with its path, and nothing of the batch is kept", async () => {
  const town = await aTown();
  const batch = {
    beads: [
      { ref: "a", rig: "lib", title: "a", dependsOn: ["b"] },
      { ref: "b", rig: "lib", title: "b", dependsOn: ["a"] },
      { rig: "lib", title: "c" },
    ],
  };
  const answer = await json(await call("POST", `/v1/towns/${town.name}/beads:batch`, batch));
  expect(answer).toMatchObject({ status: 422, code: "dependency_cycle" });
  expect(answer.detail).toContain("a → b → a");
  expect((await rows(town)).beads).toEqual([]);
});

test("a town that was never made is not found, and asking leaves nothing behind", async () => {
  expect(await json(await call("GET", "/v1/towns/nowhere"))).toMatchObject({ status: 404, code: "town_not_found" });
  expect(await json(await call("GET", "/v1/towns/No%20Where"))).toMatchObject({ status: 422, code: "invalid_input" });
});

test("a run reports as itself only", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  const claims = { kind: "run", town: town.name, agent: "ada", bead: "lib-1", fence: 1 } as const;
  const beat = { kind: "heartbeat", agent: "ada", bead: "lib-1", fence: 1, seq: 1, agentActiveAtMs: null };
  const tell = async (token: string, report: object, name = town.name) =>
    json(await call("POST", `/v1/towns/${name}/reports`, { protocol: 1, bootId: "b", reports: [report] }, token));
  const token = await runToken(claims);

  expect(await tell(token, beat)).toMatchObject({ status: 200, verdicts: [{ seq: 1, verdict: "ok" }] });
  expect(await tell(token, beat)).toMatchObject({ status: 200, verdicts: [{ seq: 1, verdict: "duplicate" }] });
  expect(await tell(token, { ...beat, fence: 2 })).toMatchObject({ status: 403, code: "wrong_run" });
  expect(await tell(token, { ...beat, bead: "lib-2" })).toMatchObject({ status: 403 });
  expect(await tell(token, beat, "elsewhere")).toMatchObject({ status: 403, code: "wrong_town" });
  expect(await tell(env.TOWNKEEPER_TOKEN, beat)).toMatchObject({ status: 401 });
  const old = await runToken(claims, Date.now() - 2 * 24 * 3_600_000);
  expect(await tell(old, beat)).toMatchObject({ status: 401, code: "token_expired" });
  const future = await runToken({ ...claims, fence: 9 });
  expect(await tell(future, { ...beat, fence: 9 })).toMatchObject({
    status: 409,
    code: "fenced",
    verdicts: [{ verdict: "fenced" }],
  });
  expect(await tell(token, { ...beat, kind: "finished" })).toMatchObject({ status: 422, code: "invalid_input" });
});

test("a host learns with the token of a run whether its bead is over, and nothing of another's", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  const claims = { kind: "run", town: town.name, agent: "ada", bead: "lib-1", fence: 1 } as const;
  const ask = async (token: string, name = town.name) =>
    json(await call("GET", `/v1/towns/${name}/reports`, undefined, token));
  const token = await runToken(claims);
  expect(await ask(token)).toMatchObject({ status: 200, over: false });
  await call("POST", `/v1/towns/${town.name}/beads/lib-1/cancel`, { reason: "not wanted" });
  expect(await ask(token)).toMatchObject({ status: 200, over: true });
  await call("POST", `/v1/towns/${town.name}/beads/lib-1/reopen`, { reason: "wanted again" });
  expect(await ask(token)).toMatchObject({ status: 200, over: false });
  expect(await ask(await runToken({ ...claims, bead: "lib-77" }))).toMatchObject({ status: 200, over: true });
  expect(await ask(token, "elsewhere")).toMatchObject({ status: 403, code: "wrong_town" });
  expect(await ask(env.TOWNKEEPER_TOKEN)).toMatchObject({ status: 401 });
  expect(await ask(await runToken({ ...claims, town: "nowhere" }), "nowhere")).toMatchObject({ status: 404 });
});

test("cancel, retry and stop over HTTP: each says what it did, or why not and what to do", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  const post = async (path: string, body?: unknown) => json(await call("POST", `/v1/towns/${town.name}${path}`, body));
  expect(await post("/beads/lib-1/cancel", {})).toMatchObject({ status: 422, code: "invalid_input" });
  expect(await post("/beads/lib-9/cancel", { reason: "no" })).toMatchObject({ status: 404, code: "bead_not_found" });
  expect(await post("/agents/bob/stop", { reason: "no" })).toMatchObject({ status: 404, code: "agent_not_found" });
  expect(await post("/beads/lib-1/retry")).toMatchObject({ status: 409, code: "nothing_to_retry" });
  expect(await post("/beads/lib-1/cancel", { reason: "no", fence: 7 })).toMatchObject({
    status: 409,
    code: "fence_passed",
  });
  expect(await post("/beads/lib-1/cancel", { reason: "no", fence: 1 })).toMatchObject({ status: "cancelled" });
  await quiet(town);
  expect(await post("/beads/lib-1/retry")).toMatchObject({ status: "open" });
  const log = await json(await call("GET", `/v1/towns/${town.name}/attempts/1/log`));
  expect(log).toMatchObject({ fence: 1, state: "stopped", pieces: [] });
  expect(await json(await call("GET", `/v1/towns/${town.name}/attempts/x/log`))).toMatchObject({ status: 422 });
});
