/** What ends up in a path, a ref, an environment or a command line is refused at the door unless it can be nothing else. */
import { expect, test } from "vitest";
import { noArguments, noBranches, noModels, noPaths, noPrefixes, noSlugs, noVariables } from "../inputs/names.ts";
import { call, json } from "./http.ts";
import { anAgent, aTown, rows, tamper } from "./town.ts";

type Body = (value: unknown) => object;
const RIG = { id: "app", repoUrl: "/repos/app.git", defaultBranch: "main" };
const AGENT = { id: "bob", rig: "lib", command: ["accept"] };
const BEAD = { rig: "lib", title: "one" };
const CONVOY = { id: "tour", title: "a tour", beads: [BEAD] };

/** Method, path below the town (null: the towns themselves), the field, and what is sent. */
const fields: [method: string, path: string | null, field: string, values: readonly unknown[], body: Body][] = [
  ["POST", null, "name", noSlugs, (name) => ({ name })],
  ["POST", "/rigs", "id", [...noSlugs, "x".repeat(49)], (id) => ({ ...RIG, id })],
  ["POST", "/agents", "id", noSlugs, (id) => ({ ...AGENT, id })],
  ["POST", "/agents", "rig", noSlugs, (rig) => ({ ...AGENT, rig })],
  ["POST", "/agents", "role", noSlugs, (role) => ({ ...AGENT, role })],
  ["POST", "/agents", "provider", noSlugs, (provider) => ({ ...AGENT, provider })],
  ["POST", "/hosts", "id", noSlugs, (id) => ({ id })],
  ["POST", "/convoys", "id", noSlugs, (id) => ({ ...CONVOY, id })],
  ["POST", "/rigs", "defaultBranch", noBranches, (defaultBranch) => ({ ...RIG, defaultBranch })],
  ["PATCH", "/rigs/lib", "defaultBranch", noBranches, (defaultBranch) => ({ defaultBranch })],
  ["POST", "/convoys", "branch", noBranches, (branch) => ({ ...CONVOY, branch })],
  ["PATCH", "", "settings.branchPrefix", noPrefixes, (branchPrefix) => ({ settings: { branchPrefix } })],
  ["POST", "/agents", "model", noModels, (model) => ({ ...AGENT, command: undefined, preset: "claude", model })],
  ["PATCH", "/agents/ada", "model", noModels, (model) => ({ model })],
  ["POST", "/agents", "env", noVariables, (name) => ({ ...AGENT, env: { [String(name)]: "x" } })],
  ["POST", "/agents", "env", ["\0", "a\0b", "x".repeat(4_001), 1, null], (value) => ({ ...AGENT, env: { A: value } })],
  ["POST", "/beads", "touches", noPaths, (path) => ({ ...BEAD, touches: [path] })],
  ["POST", "/agents", "command", noArguments, (word) => ({ ...AGENT, command: ["accept", word] })],
  ["POST", "/rigs", "gate", noArguments, (word) => ({ ...RIG, gate: [word] })],
  ["POST", "/agents", "command", ["id", "sh -c id", {}, []], (command) => ({ ...AGENT, command })],
  ["POST", "/beads", "title", ["\0", "a\0b", "", " ", "x".repeat(201)], (title) => ({ ...BEAD, title })],
  ["POST", "/beads", "body", ["\0", "a\0b", "x".repeat(64_001)], (body) => ({ ...BEAD, body })],
  ["PATCH", "/beads/lib-1", "acceptance", ["\0", "a\0b"], (acceptance) => ({ acceptance })],
];

test.each(fields)(
  "%s %s: what %s does not take is refused, and nothing is made",
  async (method, path, field, values, body) => {
    const town = await aTown();
    await anAgent(town, "ada", "accept");
    await call("PATCH", `/v1/towns/${town.name}`, { paused: { why: "a test" } });
    await call("POST", `/v1/towns/${town.name}/beads`, BEAD);
    const before = await rows(town);
    for (const value of values) {
      const at = path === null ? "/v1/towns" : `/v1/towns/${town.name}${path}`;
      const answer = await json(await call(method, at, body(value)));
      expect(answer, JSON.stringify(value)).toMatchObject({ status: 422, code: "invalid_input" });
      expect(answer.errors[0].path, JSON.stringify(value)).toMatch(new RegExp(`^${field.replace(".", "\\.")}`));
    }
    expect({ ...(await rows(town)), town: null }).toEqual({ ...before, town: null });
  },
);

test("a bead of the rig with the longest name is read by its own name", async () => {
  const town = await aTown();
  const at = `/v1/towns/${town.name}`;
  const rig = "x".repeat(48);
  expect((await call("POST", `${at}/rigs`, { ...RIG, id: rig })).status).toBe(201);
  await tamper(town, "UPDATE town SET last_bead = 99999999998");
  const { id } = await json(await call("POST", `${at}/beads`, { ...BEAD, rig }));
  expect(id).toBe(`${rig}-99999999999`);
  expect((await call("GET", `${at}/beads/${id}`)).status).toBe(200);
});

test("that is more than 150 of them", () => {
  expect(fields.reduce((sum, [, , , values]) => sum + values.length, 0)).toBeGreaterThan(150);
});

/** In a path they are read by the same schemas; what the path itself is made of is the platform's. */
test.each(noSlugs.filter((name) => !["", ".", ".."].includes(name)))(
  "no town, rig or bead is asked for by %j",
  async (name) => {
    const part = encodeURIComponent(name);
    for (const path of [`/v1/towns/${part}`, `/v1/towns/x/rigs/${part}`, `/v1/towns/x/beads/${part}/timeline`]) {
      const { status, code } = await json(await call("GET", path));
      expect([422, 404]).toContain(status);
      expect(["invalid_input", "no_route"]).toContain(code);
    }
  },
);
