/** What a host finds at a rig's URL before anything is known of it, and how it begins an empty repository. */
import { chmodSync, existsSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { RigLook } from "../../src/protocol/rig-look.ts";
import { git, makeHost, makeRepository, makeTown, startOf, temporaryFolder } from "./support.ts";

async function look(
  repoUrl: string,
  more: { defaultBranch?: string; begin?: boolean; push?: boolean; branchPrefix?: string } = {},
) {
  const { begin, push, ...rig } = more;
  const request = { protocol: 1, town: "demo", rig: { id: "shop", repoUrl, ...rig }, begin, push };
  const { status, body } = await (await makeHost()).call("POST", "/v1/rigs/look", request);
  return { status, ...(body as unknown as RigLook) };
}

/** A bare repository without any commit, whose default branch is to be called so. */
function makeEmpty(branch: string): string {
  const url = join(temporaryFolder(), "empty.git");
  git("/", "init", "--quiet", "--bare", `--initial-branch=${branch}`, url);
  return url;
}

/** A repository with these branches, which calls one of them its default. */
function makeBranches(head: string, ...names: string[]): string {
  const { url } = makeRepository();
  for (const name of names) git(url, "update-ref", `refs/heads/${name}`, "refs/heads/main");
  git(url, "symbolic-ref", "HEAD", `refs/heads/${head}`);
  if (!names.includes("main")) git(url, "update-ref", "-d", "refs/heads/main");
  return url;
}

test("the default branch is the one that the remote names, and one that somebody has named wins", async () => {
  const url = makeBranches("trunk", "trunk", "main", "town/fix-it/1");
  const head = git(url, "rev-parse", "trunk");
  expect(await look(url)).toMatchObject({ ok: true, branch: "trunk", detail: `trunk is at ${head}`, hint: null });
  expect(await look(url, { defaultBranch: "main" })).toMatchObject({ ok: true, branch: "main" });
  expect(await look(url, { defaultBranch: "next" })).toMatchObject({
    ok: false,
    branch: "next",
    detail: "The repository has no branch next. It has main, town/fix-it/1, trunk.",
  });
});

test.each([
  ["the only one", ["release/1.x"], "release/1.x"],
  ["main, of several", ["dev", "main"], "main"],
  ["master, where there is no main", ["dev", "master"], "master"],
  ["none, where nothing speaks for any", ["dev", "next"], null],
])("where the remote names a branch that it does not have, it is %s", async (_, names, branch) => {
  expect(await look(makeBranches("gone", ...names))).toMatchObject({ ok: branch !== null, branch });
});

test("a name that can't be used is none", async () => {
  const url = makeBranches("we;ird", "we;ird");
  expect(await look(url)).toMatchObject({
    ok: false,
    branch: null,
    detail: "The remote's default branch has a name that can't be used here: we;ird",
    hint: expect.stringContaining("PATCH"),
  });
});

test("a remote that can't be reached is said to be, with git's words and without a password", async () => {
  expect(await look("/no/such/repository.git")).toMatchObject({
    status: 200,
    ok: false,
    branch: null,
    detail: expect.stringMatching(/^This host can't reach \/no\/such\/repository\.git: .*does not/s),
    hint: expect.stringContaining("credential helper"),
  });
  const silent = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  onTestFinished(() => void silent.close());
  await new Promise((resolve) => silent.once("listening", resolve));
  const { port } = silent.address() as { port: number };
  expect(await look(`git://127.0.0.1:${port}/x.git`)).toMatchObject({ ok: false, branch: null });
});

test("an empty repository is said to be empty, with the request that begins it, and stays as it is", async () => {
  const url = makeEmpty("trunk");
  expect(await look(url)).toMatchObject({
    ok: false,
    branch: "trunk",
    detail: "The repository is empty: it has no commit yet.",
    hint: `Have it begun: POST …/rigs/shop/preflight {"begin": true} makes its first commit, on trunk.`,
  });
  expect(git(url, "for-each-ref")).toBe("");
  const rig = { id: "shop", repoUrl: url, defaultBranch: "trunk" };
  const host = await makeHost();
  const request = { protocol: 1, town: "demo", rig, command: ["sh"], env: {} };
  const { checks } = (await host.call("POST", "/v1/preflight", request)).body as unknown as {
    checks: { name: string; detail: string; hint: string }[];
  };
  expect(checks.find(({ name }) => name === "repository")).toMatchObject({
    detail: "The repository is empty: it has no commit yet.",
    hint: expect.stringMatching(/^POST …\/rigs\/shop\/preflight \{"begin": true\} has its first one made/),
  });
});

test("an empty repository is begun once, on its own default branch or on the one that is named, and a run can start there", async () => {
  const url = makeEmpty("trunk");
  expect(await look(url, { begin: true })).toMatchObject({ ok: true, branch: "trunk" });
  const head = git(url, "rev-parse", "trunk");
  expect(git(url, "log", "--format=%an %s", "trunk")).toBe("townkeeper Begin");
  expect(await look(url, { begin: true })).toMatchObject({ ok: true, detail: `trunk is at ${head}` });
  expect(await look(makeEmpty("trunk"), { begin: true, defaultBranch: "main" })).toMatchObject({ branch: "main" });
  const [town, host] = [await makeTown(), await makeHost()];
  await host.start(startOf(town, url, { rig: { id: "shop", repoUrl: url, defaultBranch: "trunk" } }));
  expect(await town.last(1)).toMatchObject({ kind: "finished" });
  expect(git(url, "ls-tree", "--name-only", "town/fix-it/1")).toBe("fix-it.txt");
});

test("who pushes first begins it: the host's first commit never replaces another's", async () => {
  const url = makeEmpty("main");
  const { url: other } = makeRepository();
  const hook = join(url, "hooks", "pre-receive");
  // While the host's push is on its way, somebody else's arrives.
  const race = `git -C ${url} fetch -q ${other} main && git -C ${url} update-ref refs/heads/main FETCH_HEAD`;
  writeFileSync(hook, `#!/bin/sh\nunset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY\n${race}\n`);
  chmodSync(hook, 0o755);
  expect(await look(url, { begin: true })).toMatchObject({
    ok: false,
    detail: expect.stringMatching(/^The remote did not take the first commit/),
  });
  expect(git(url, "log", "--format=%s", "main")).toBe("start");
});

test("a remote that declines the first commit is heard, and what looks like an option is refused at the door", async () => {
  const url = makeEmpty("main");
  const hook = join(url, "hooks", "pre-receive");
  writeFileSync(hook, `#!/bin/sh\necho "GitLab: You are not allowed to push code" >&2; exit 1\n`);
  chmodSync(hook, 0o755);
  expect(await look(url, { begin: true })).toMatchObject({
    ok: false,
    branch: "main",
    detail: expect.stringContaining("You are not allowed to push code"),
    hint: expect.stringMatching(/./),
  });
  for (const bad of ["--upload-pack=touch x", "ext::sh -c touch% x"]) expect((await look(bad)).status).toBe(400);
  for (const bad of ["-x", "a..b", "HEAD", "a.lock", "a//b", "a/"])
    expect((await look(url, { defaultBranch: bad })).status).toBe(400);
  expect(existsSync(join(url, "x"))).toBe(false);
});

test("what a preflight finds of pushing there, a look finds too, and leaves no branch behind", async () => {
  const { url } = makeRepository();
  expect(await look(url, { push: true })).toMatchObject({
    ...{ ok: true, branch: "main", hint: null, pushed: true },
    detail: expect.stringContaining("; the remote takes branches; "),
  });
  expect(git(url, "for-each-ref", "--format=%(refname)")).toBe("refs/heads/main");
  expect(await look(url)).not.toHaveProperty("pushed");
  git(url, "update-ref", "refs/heads/bots", "refs/heads/main");
  expect(await look(url, { push: true, branchPrefix: "bots/" })).toMatchObject({
    ...{ ok: false, branch: "main", code: "branch_blocked", pushed: false },
  });
  const hook = join(url, "hooks", "pre-receive");
  writeFileSync(hook, `#!/bin/sh\necho "error: GH001: Large files detected." >&2; exit 1\n`);
  chmodSync(hook, 0o755);
  const declined = await look(url, { push: true });
  // What is in main is no word on what an agent will make.
  expect(declined).toMatchObject({ ok: true, detail: expect.stringContaining("GH001: Large files detected.") });
  expect(declined).not.toHaveProperty("pushed");
  writeFileSync(hook, `#!/bin/sh\necho "GitLab: You are not allowed to push code" >&2; exit 1\n`);
  expect(await look(url, { push: true })).toMatchObject({
    ...{ ok: false, branch: "main", pushed: false },
    detail: expect.stringMatching(
      /^The remote took no branch town\/preflight\/[0-9a-f]{8} \(no_right\): GitLab: You are not allowed to push code$/,
    ),
  });
});

test("where people have the branch checked out a look says that nothing can land, and that it can once git may move it", async () => {
  const folder = join(temporaryFolder(), "work");
  git("/", "clone", "--quiet", makeRepository().url, folder);
  expect(await look(folder, { push: true })).toMatchObject({
    ...{ ok: false, branch: "main", code: "checked_out", pushed: false },
    detail: `main is checked out in ${folder}: nothing can land there.`,
    hint: expect.stringContaining(`git -C ${folder} config receive.denyCurrentBranch updateInstead`),
  });
  git(folder, "config", "receive.denyCurrentBranch", "updateInstead");
  expect(await look(folder, { push: true })).toMatchObject({ ok: true, pushed: true });
});
