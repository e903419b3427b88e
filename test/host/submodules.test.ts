/** Rigs with submodules. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { land, local, repositoryCheck, run } from "./sources-scene.ts";
import { git, makeRepository, temporaryFolder } from "./support.ts";

/** A rig with a submodule, that has one itself. */
function makeNested() {
  const [rig, lib, deep] = [makeRepository(), makeRepository(), makeRepository()];
  const add = (to: typeof rig, path: string, from: typeof rig): void => {
    const folder = join(temporaryFolder(), "clone");
    git("/", ...local, "clone", "--quiet", to.url, folder);
    git(folder, ...local, "submodule", "--quiet", "add", from.url, path);
    git(folder, "commit", "--quiet", "-m", `Add ${path}`);
    git(folder, "push", "--quiet", "origin", "HEAD:main");
  };
  deep.push("main", "origin/main", { "deep.txt": "deep" });
  lib.push("main", "origin/main", { "lib.txt": "lib" });
  add(lib, "deep", deep);
  add(rig, "vendor/lib", lib);
  return { rig, lib, deep };
}

/** Whether somebody who clones the branch gets all of it. */
function cloneWhole(url: string, branch: string): string {
  const folder = join(temporaryFolder(), "whole");
  git("/", ...local, "clone", "--quiet", "--recurse-submodules", "--branch", branch, url, folder);
  return folder;
}

test("agent and gate have submodules, theirs as well, and the agent's git knows them", async () => {
  const { rig } = makeNested();
  const tried = await run(
    `cat vendor/lib/lib.txt vendor/lib/deep/deep.txt >both.txt
     git submodule status --recursive >status.txt; git -C vendor/lib log --format=%s -1 >log.txt; git status --short >short.txt`,
    rig,
  );
  expect(tried.last).toMatchObject({ kind: "finished" });
  expect(rig.file("both.txt", "town/fix-it/1")).toBe("libdeep");
  expect(rig.file("status.txt", "town/fix-it/1")).toMatch(
    /^[0-9a-f]{40} vendor\/lib \(.*\n [0-9a-f]{40} vendor\/lib\/deep \(/,
  );
  expect(rig.file("log.txt", "town/fix-it/1")).toBe("Add deep");
  expect(rig.file("short.txt", "town/fix-it/1")).not.toContain("vendor");
  const landed = await land(tried, rig.url, "test -e vendor/lib/deep/deep.txt && test -e both.txt");
  expect(landed).toMatchObject({ kind: "landed" });
});

test("a submodule that is moved to a commit of its own remote lands, and can be cloned", async () => {
  const { rig, lib } = makeNested();
  const tried = await run(
    `cd vendor/lib; echo new >new.txt; git add new.txt; git commit -qm new; git push -q origin HEAD:main`,
    rig,
  );
  expect(tried.last).toMatchObject({ kind: "finished" });
  expect(git(rig.url, "rev-parse", "town/fix-it/1:vendor/lib")).toBe(lib.head());
  expect(await land(tried, rig.url, "test -e vendor/lib/new.txt")).toMatchObject({ kind: "landed" });
  expect(readFileSync(join(cloneWhole(rig.url, "main"), "vendor/lib/new.txt"), "utf8")).toBe("new\n");
});

test("a new submodule is fetched for the gate, and one that nobody else can fetch is refused", async () => {
  const [rig, other] = [makeRepository(), makeRepository()];
  const tried = await run(`git -c protocol.file.allow=always submodule --quiet add ${other.url} sub`, rig);
  expect(tried.last).toMatchObject({ kind: "finished" });
  expect(await land(tried, rig.url, "test -e sub/README.md")).toMatchObject({ kind: "landed" });
  const lost = await run(
    `git -c protocol.file.allow=always submodule --quiet add ${other.url} other; cd other; git commit -q --allow-empty -m lost`,
    rig,
    2,
  );
  expect(lost.last).toMatchObject({
    kind: "failed",
    failure: "agent_failed",
    code: "submodule_missing",
    message: expect.stringMatching(
      /other points to commit [0-9a-f]{40}, which .* does not have. It must be pushed there/,
    ),
  });
  expect(rig.branches()).not.toContain("town/fix-it/2");
});

test("what an agent leaves uncommitted in a submodule is not lost without a word", async () => {
  const { rig } = makeNested();
  const { last } = await run(`echo more >vendor/lib/more.txt; echo x >x.txt`, rig);
  expect(last).toMatchObject({
    kind: "failed",
    failure: "agent_failed",
    code: "submodule_dirty",
    message: expect.stringMatching(/^vendor\/lib is a submodule, .*\(more\.txt\)/),
  });
});

test("an agent that does nothing in a rig with submodules has done nothing", async () => {
  expect((await run("true", makeNested().rig)).last).toMatchObject({ kind: "failed", code: "no_commit" });
});

test("a rig whose submodule is gone says which, and begins nothing; one that says none is left alone", async () => {
  const { rig, lib } = makeNested();
  execFileSync("mv", [lib.url, `${lib.url}.gone`]);
  const { last } = await run("echo x >x.txt", rig);
  expect(last).toMatchObject({ kind: "failed", failure: "unreachable", code: "submodule_failed" });
  expect(last).toMatchObject({ message: expect.stringContaining(lib.url) });
  expect((await repositoryCheck(rig.url)).detail).toContain(lib.url);
  const modules = `[submodule "vendor/lib"]\n\tpath = vendor/lib\n\turl = ${lib.url}\n\tupdate = none\n`;
  rig.push("main", "origin/main", { ".gitmodules": modules });
  expect((await run("echo x >x.txt", rig, 2)).last).toMatchObject({ kind: "finished" });
});
