/** What is wrong with an agent or a rig is mended where it stands; what could never start does not get in. */
import { expect, test } from "vitest";
import { call, json } from "./http.ts";
import {
  anAgent,
  aTown,
  beads,
  failed,
  heartbeat,
  quiet,
  reports,
  rows,
  type TestTown,
  tamper,
  violations,
} from "./town.ts";

const patch = async ({ name }: TestTown, path: string, body: unknown) =>
  json(await call("PATCH", `/v1/towns/${name}${path}`, body));

test("an agent gets another command or environment: what runs goes on as it began, its trouble is over", async () => {
  const town = await aTown({ settings: { backoffBaseMs: 1 } });
  await anAgent(town, "ada", "accept", { env: { OLD: "1" } });
  await beads(town, { title: "one" });
  await quiet(town);
  await reports(town, 1, heartbeat);
  expect(await patch(town, "/agents/ada", { maxRunMs: 5_000 })).toMatchObject({ maxRunMs: 5_000, status: "working" });
  expect((await rows(town)).attempts).toMatchObject([{ fence: 1, state: "running" }]);

  for (const change of [{ command: ["accept", "now"] }, { env: { NEW: "2" } }]) {
    const { attempts } = await rows(town);
    await reports(town, attempts.at(-1)?.fence ?? 0, failed("auth"));
    await tamper(town, "UPDATE beads SET not_before_ms = not_before_ms + 60000");
    expect(await rows(town)).toMatchObject({ agents: [{ status: "idle", troubles: 1, trouble: { kind: "auth" } }] });
    await patch(town, "/agents/ada", { maxRunMs: 6_000 });
    expect((await rows(town)).agents).toMatchObject([{ troubles: 1 }]);
    await tamper(town, "UPDATE beads SET not_before_ms = 1");
    await patch(town, "/agents/ada", change);
    await quiet(town);
    const after = await rows(town);
    expect(after.agents).toMatchObject([{ ...change, status: "working", troubles: 0, trouble: null, notBeforeMs: 0 }]);
    expect(after.attempts).toHaveLength(attempts.length + 1);
  }
  expect((await rows(town)).agents).toMatchObject([{ command: ["accept", "now"], env: { NEW: "2" }, maxRunMs: 6_000 }]);
  expect(await violations(town)).toEqual([]);
});

test("of an agent's environment one variable is changed or taken away, and those that nobody can read back stay", async () => {
  const town = await aTown({});
  await anAgent(town, "ada", "accept", { env: { KEY: "secret", OLD: "1" } });
  const env = async () => (await rows(town)).agents.map((agent: { env: unknown }) => agent.env);
  const changed = await patch(town, "/agents/ada", { envChanges: { NEW: "2", OLD: null, NEVER: null } });
  expect(changed).toMatchObject({ status: "idle", env: ["KEY", "NEW"] });
  expect(await env()).toEqual([{ KEY: "secret", NEW: "2" }]);
  await patch(town, "/agents/ada", { env: { ONLY: "" }, envChanges: { MORE: "3" } });
  expect(await env()).toEqual([{ ONLY: "", MORE: "3" }]);
  const many = Object.fromEntries(Array.from({ length: 49 }, (_, n) => [`N${n}`, "x"]));
  expect(await patch(town, "/agents/ada", { envChanges: many })).toMatchObject({ status: 422, code: "invalid_input" });
  expect(await patch(town, "/agents/ada", { envChanges: { "A=B": "x" } })).toMatchObject({ code: "invalid_input" });
  expect(await env()).toEqual([{ ONLY: "", MORE: "3" }]);
});

test("a rig gets another address, branch or gate, and keeps what is left out", async () => {
  const town = await aTown({ gate: ["true"] });
  expect(await patch(town, "/rigs/lib", { repoUrl: "git@git.test:lib.git", defaultBranch: "trunk" })).toMatchObject({
    ...{ status: 200, repoUrl: "git@git.test:lib.git", defaultBranch: "trunk", gate: ["true"], maxGateMs: 60_000 },
  });
  expect(await patch(town, "/rigs/lib", { gate: null, maxGateMs: 9_000 })).toMatchObject({
    ...{ repoUrl: "git@git.test:lib.git", defaultBranch: "trunk", gate: null, maxGateMs: 9_000 },
  });
  expect(await violations(town)).toEqual([]);
});

test.each([
  ["POST", "/beads", { rig: "lib", title: "a\0b" }, "title"],
  ["POST", "/beads", { rig: "lib", title: "x", body: "\0" }, "body"],
  ["POST", "/beads", { rig: "lib", title: "x", acceptance: "\0" }, "acceptance"],
  ["PATCH", "/beads/lib-1", { body: "a\0b" }, "body"],
  ["POST", "/agents", { id: "bob", rig: "lib", command: ["x\0"] }, "command"],
  ["POST", "/agents", { id: "bob", rig: "lib", command: ["x"], env: { A: "\0" } }, "env.A"],
  ["POST", "/rigs", { id: "app", repoUrl: "https://git.test/a\0b" }, "repoUrl"],
  ["POST", "/rigs", { id: "app", repoUrl: "/a.git", gate: ["\0"] }, "gate"],
  ["PATCH", "/agents/ada", { command: ["x\0"] }, "command"],
  ["PATCH", "/agents/ada", { command: [] }, "command"],
  ["PATCH", "/agents/ada", { env: { "A=B": "x" } }, "env"],
  ["PATCH", "/agents/ada", { maxRunMs: 1 }, "maxRunMs"],
  ["PATCH", "/rigs/lib", { repoUrl: "--upload-pack=id" }, "repoUrl"],
  ["PATCH", "/rigs/lib", { defaultBranch: "-x" }, "defaultBranch"],
] as const)("%s %s %j is refused", async (method, path, body, word) => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  const answer = await json(await call(method, `/v1/towns/${town.name}${path}`, body));
  expect(answer).toMatchObject({ status: 422, code: "invalid_input", detail: expect.stringContaining(word) });
});
