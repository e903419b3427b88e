/** The default branch of a rig is the remote's own where nobody names one, and an empty repository is begun on request. */
import { expect, test } from "vitest";
import { call, json } from "./http.ts";
import { aTown, looks, ok, type TestTown, tamper, violations } from "./town.ts";

const rigs = async (town: TestTown, method: string, path = "", body: object = {}) =>
  json(await call(method, `/v1/towns/${town.name}/rigs${path}`, body));

test("the remote's default branch is taken where none is named, and for a named one nobody waits for a look", async () => {
  const town = await aTown();
  expect(await rigs(town, "POST", "", { id: "app", repoUrl: "/says/release/1.x" })).toMatchObject({
    status: 201,
    defaultBranch: "release/1.x",
    defaultBranchFrom: "remote",
    look: { ok: true, detail: "release/1.x is there", hint: null },
  });
  const before = (await looks(town)).length;
  const named = await rigs(town, "POST", "", { id: "lab", repoUrl: "/says/trunk", defaultBranch: "next" });
  expect(named).toMatchObject({ status: 201, defaultBranch: "next", defaultBranchFrom: "given" });
  expect(named.look).toBeUndefined();
  expect(await rigs(town, "POST", "", { id: "app", repoUrl: "/says/x" })).toMatchObject({
    status: 409,
    code: "rig_exists",
  });
  expect(await looks(town)).toHaveLength(before);
  const shown = ok(await town.client().query("list-rigs", {})).items.map(({ id, defaultBranch }) => [
    id,
    defaultBranch,
  ]);
  expect(shown).toEqual([
    ["app", "release/1.x"],
    ["lab", "next"],
    ["lib", "main"],
  ]);
});

test.each([
  ["/gone", "it can't be reached"],
  ["/reject", "No host could be asked: "],
  ["/old", "the host answered 404: no such route"],
  ["/says/--upload-pack=x", "branch can't be read"],
  [`/says/${"x".repeat(300)}`, "branch can't be read"],
  ["/says/a..b", "branch can't be read"],
])(
  "a rig whose host can't tell (%s) is added all the same, and says that its branch is assumed",
  async (repoUrl, why) => {
    const town = await aTown();
    expect(await rigs(town, "POST", "", { id: "app", repoUrl })).toMatchObject({
      status: 201,
      defaultBranch: "main",
      defaultBranchFrom: "assumed",
      look: { ok: false, detail: expect.stringContaining(why), hint: expect.stringMatching(/./) },
    });
  },
);

test("what was assumed is found out by a preflight of the rig; what somebody has named stays", async () => {
  const town = await aTown();
  await rigs(town, "POST", "", { id: "app", repoUrl: "/gone" });
  expect(await rigs(town, "PATCH", "/app", { repoUrl: "/says/trunk" })).toMatchObject({
    status: 200,
    defaultBranch: "trunk",
    defaultBranchFrom: "remote",
  });
  expect(await rigs(town, "PATCH", "/app", { defaultBranch: "next" })).toMatchObject({ defaultBranchFrom: "given" });
  expect(await rigs(town, "POST", "/app/preflight")).toMatchObject({
    defaultBranch: "next",
    defaultBranchFrom: "given",
    look: { ok: true },
  });
  expect(await rigs(town, "PATCH", "/app", { defaultBranch: null })).toMatchObject({
    defaultBranch: "trunk",
    defaultBranchFrom: "remote",
  });
  expect(await rigs(town, "PATCH", "/app", { repoUrl: "/gone" })).toMatchObject({
    defaultBranch: "trunk",
    defaultBranchFrom: "assumed",
    look: { ok: false },
  });
  expect(await rigs(town, "POST", "/nobody/preflight")).toMatchObject({ status: 404, code: "rig_not_found" });
  expect(await violations(town)).toEqual([]);
});

test("an empty repository is begun when that is asked for, at its addition or later, and never otherwise", async () => {
  const town = await aTown();
  const first = await rigs(town, "POST", "", { id: "app", repoUrl: "/empty/trunk" });
  expect(first).toMatchObject({
    defaultBranch: "trunk",
    look: { ok: false, detail: "it is empty", hint: "have it begun" },
  });
  expect(await rigs(town, "POST", "/app/preflight")).toMatchObject({ look: { ok: false } });
  expect((await looks(town)).slice(-2)).toEqual(["look", "look"]);
  expect(await rigs(town, "POST", "/app/preflight", { begin: true })).toMatchObject({ look: { ok: true } });
  const named = { id: "lab", repoUrl: "/empty/x", defaultBranch: "next", begin: true };
  expect(await rigs(town, "POST", "", named)).toMatchObject({ defaultBranch: "next", look: { ok: true } });
  expect((await looks(town)).slice(-2)).toEqual(["look and begin", "look and begin"]);
});

test("a branch that the remote lacks is said of by a look, keeps nobody waiting, and is over when a look finds another", async () => {
  const town = await aTown();
  const lacks = { id: "app", repoUrl: "/lacks/trunk", defaultBranch: "nosuch" };
  expect(await rigs(town, "POST", "", lacks)).toMatchObject({ status: 201, pushTrouble: null });
  const pushTrouble = { failure: { code: "no_branch", message: "no nosuch\nname it" }, rests: "idle", nextTryAt: null };
  expect(await rigs(town, "POST", "/app/preflight")).toMatchObject({
    look: { ok: false, detail: "no nosuch", hint: "name it" },
    pushTrouble: { ...pushTrouble, times: 0 },
  });
  const told = await json(await call("GET", `/v1/towns/${town.name}/attention`));
  expect(told.items).toMatchObject([
    {
      ...{ kind: "rig_trouble", severity: "warning", what: "rig app is in trouble: no nosuch", nextAt: null },
      ...{ times: 1, hint: "name it Then this request has its host look again." },
      verb: { method: "POST", path: `/v1/towns/${town.name}/rigs/app/preflight`, body: null },
    },
  ]);
  expect(await rigs(town, "PATCH", "/app", { defaultBranch: "other" })).toMatchObject({
    look: { ok: false },
    pushTrouble: {},
  });
  expect(await rigs(town, "PATCH", "/app", { defaultBranch: "trunk" })).toMatchObject({
    look: { ok: true },
    pushTrouble: null,
  });
});

test("a rig that a look finds checked out waits for a person before any work does, until a look or a retry finds it mended", async () => {
  const town = await aTown();
  const found = {
    look: { ok: false, detail: "trunk is checked out", hint: "let it be moved" },
    landingTrouble: { failure: { code: "checked_out" }, rests: "idle" },
    pushTrouble: null,
  };
  expect(await rigs(town, "POST", "", { id: "app", repoUrl: "/held/trunk" })).toMatchObject(found);
  const told = async () => (await json(await call("GET", `/v1/towns/${town.name}/attention`))).items;
  expect(await told()).toMatchObject([{ key: "rig_trouble:app", severity: "warning" }]);
  expect(await rigs(town, "POST", "/app/preflight")).toMatchObject(found);
  expect(await rigs(town, "POST", "/app/landings/retry")).toMatchObject({ status: 200, ...found });
  expect(await told()).toHaveLength(1);
  await tamper(town, "UPDATE rigs SET repo_url = '/takes/trunk' WHERE id = 'app'");
  expect(await rigs(town, "POST", "/app/preflight")).toMatchObject({ look: { ok: true }, landingTrouble: null });
  expect(await told()).toEqual([]);
  expect(await violations(town)).toEqual([]);
});

test("whether commits say whose they are is the rig's to say, or its host's", async () => {
  const town = await aTown();
  const trailers = async () =>
    ok(await town.client().query("list-rigs", {})).items.map(({ id, trailers }) => [id, trailers]);
  await rigs(town, "POST", "", { id: "app", repoUrl: "/repos/app", trailers: false });
  expect(await trailers()).toEqual([
    ["app", false],
    ["lib", null],
  ]);
  expect(await rigs(town, "PATCH", "/app", { trailers: null })).toMatchObject({ trailers: null });
  expect(await rigs(town, "PATCH", "/lib", { trailers: true })).toMatchObject({ trailers: true });
  expect(await rigs(town, "PATCH", "/lib", { trailers: "no" })).toMatchObject({ status: 422 });
  expect(await trailers()).toEqual([
    ["app", null],
    ["lib", true],
  ]);
});
