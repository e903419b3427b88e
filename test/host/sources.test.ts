/** Submodules and files in LFS: agents and gates have them whole, and what lands can be cloned whole. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { lfsMissing, objectPath } from "../../host/lfs.ts";
import { git, makeHost, makeRepository, makeTown, mergeOf, startOf, temporaryFolder } from "./support.ts";

const sh = (script: string): string[] => ["sh", "-ec", script];
const local = ["-c", "protocol.file.allow=always"];

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

async function run(script: string, repository: ReturnType<typeof makeRepository>, fence = 1) {
  const [town, host] = [await makeTown(), await makeHost()];
  await host.start(startOf(town, repository.url, { command: sh(script), fence }));
  return { town, host, last: await town.last(fence) };
}

async function land({ town, host, last }: Awaited<ReturnType<typeof run>>, url: string, gate: string) {
  const head = "head" in last ? (last.head ?? "") : "";
  await host.merge(mergeOf(town, url, { head, gate: sh(gate) }));
  return town.last(9);
}

/** What a preflight says of the rig's repository, on a host that has not seen it before. */
async function repositoryCheck(repoUrl: string) {
  const request = {
    protocol: 1,
    town: "demo",
    rig: { id: "shop", repoUrl, defaultBranch: "main" },
    command: ["sh"],
    env: {},
  };
  const answer = await (await makeHost()).call("POST", "/v1/preflight", request);
  const { checks } = answer.body as unknown as { checks: { name: string; ok: boolean; detail: string }[] };
  return checks.find(({ name }) => name === "repository") ?? { ok: null, detail: "" };
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

/** A rig that keeps one file in LFS. */
function makeLfs() {
  const rig = makeRepository();
  const folder = join(temporaryFolder(), "clone");
  git("/", "clone", "--quiet", rig.url, folder);
  git(folder, "lfs", "install", "--local");
  git(folder, "lfs", "track", "*.bin");
  execFileSync("sh", ["-c", "printf first >first.bin"], { cwd: folder });
  git(folder, "add", "--all");
  git(folder, "commit", "--quiet", "-m", "Add first.bin");
  git(folder, "push", "--quiet", "origin", "HEAD:main");
  return rig;
}

function cloneLfs(url: string, branch = "main"): string {
  const folder = join(temporaryFolder(), "whole");
  const filter = ["-c", "filter.lfs.smudge=git-lfs smudge -- %f", "-c", "filter.lfs.required=true"];
  git("/", ...filter, "clone", "--quiet", "--branch", branch, url, folder);
  return folder;
}

const hasGitLfs = lfsMissing() === null;
const isPointer = /^version https:\/\/git-lfs/;

test.runIf(hasGitLfs)(
  "agent and gate have the contents of files in LFS; what is left uncommitted is a pointer, uploaded before the branch",
  async () => {
    const rig = makeLfs();
    const tried = await run(`cat first.bin >seen.txt; git status --short >short.txt; printf second >second.bin`, rig);
    expect(tried.last).toMatchObject({ kind: "finished" });
    expect(rig.file("seen.txt", "town/fix-it/1")).toBe("first");
    expect(rig.file("short.txt", "town/fix-it/1")).not.toContain("bin");
    expect(rig.file("second.bin", "town/fix-it/1")).toMatch(isPointer);
    const landed = await land(tried, rig.url, "test $(cat first.bin second.bin) = firstsecond");
    expect(landed).toMatchObject({ kind: "landed" });
    expect(readFileSync(join(cloneLfs(rig.url), "second.bin"), "utf8")).toBe("second");
  },
);

test.runIf(hasGitLfs)(
  "files in LFS that the agent committed itself are uploaded, and an agent that does nothing has done nothing",
  async () => {
    const rig = makeLfs();
    const tried = await run(
      `printf changed >first.bin; git add --all; git commit -qm mine; git status --short >short.txt`,
      rig,
    );
    expect(tried.last).toMatchObject({ kind: "finished" });
    expect(rig.file("first.bin", "town/fix-it/1")).toMatch(isPointer);
    expect(await land(tried, rig.url, "test $(cat first.bin) = changed")).toMatchObject({ kind: "landed" });
    expect(readFileSync(join(cloneLfs(rig.url), "first.bin"), "utf8")).toBe("changed");
    expect((await run("true", rig, 2)).last).toMatchObject({ kind: "failed", code: "no_commit" });
  },
);

test.runIf(hasGitLfs)(
  "an agent may begin to keep files in LFS, and a pointer without its content is refused",
  async () => {
    const rig = makeRepository();
    const tried = await run(
      `git lfs install --local >/dev/null; git lfs track '*.bin' >/dev/null; printf new >new.bin`,
      rig,
    );
    expect(tried.last).toMatchObject({ kind: "finished" });
    expect(await land(tried, rig.url, "test $(cat new.bin) = new")).toMatchObject({ kind: "landed" });
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${"12".repeat(32)}\nsize 5\n`;
    const { last } = await run(`printf '${pointer.replaceAll("\n", "\\n")}' >lost.bin`, rig, 2);
    expect(last).toMatchObject({
      kind: "failed",
      failure: "agent_failed",
      code: "lfs_incomplete",
      message: expect.stringMatching(
        /^lost\.bin is kept in LFS, and its content \(sha256 121212121212…, 5 bytes\) is neither/,
      ),
    });
    expect(rig.branches()).not.toContain("town/fix-it/2");
  },
);

test.runIf(hasGitLfs)(
  "files in LFS of a submodule have their contents too, for agent and gate, and count as untouched until somebody changes them",
  async () => {
    const [rig, lib] = [makeRepository(), makeLfs()];
    const folder = join(temporaryFolder(), "clone");
    git("/", "clone", "--quiet", rig.url, folder);
    git(folder, ...local, "submodule", "--quiet", "add", lib.url, "sub");
    git(folder, "commit", "--quiet", "-m", "Add sub");
    git(folder, "push", "--quiet", "origin", "HEAD:main");
    const tried = await run(`cp sub/first.bin seen.txt; git -C sub status --short >short.txt`, rig);
    expect(tried.last).toMatchObject({ kind: "finished" });
    expect(rig.file("seen.txt", "town/fix-it/1")).toBe("first");
    expect(rig.file("short.txt", "town/fix-it/1")).toBe("");
    expect(await land(tried, rig.url, "test $(cat sub/first.bin) = first")).toMatchObject({ kind: "landed" });
    expect((await run("printf mine >sub/first.bin", rig, 2)).last).toMatchObject({ code: "submodule_dirty" });
    const both = await run(
      "git -C sub rm -q first.bin; git -C sub commit -qm gone; git -C sub push -q origin HEAD:main",
      rig,
      3,
    );
    expect(both.last).toMatchObject({ kind: "finished" });
  },
);

test.runIf(hasGitLfs).each([
  ["left", ""],
  ["committed", "git add --all; git commit -qm mine"],
])(
  "what an agent has %s in .lfsconfig leads the host nowhere: contents go to the rig's own server",
  async (_how, then) => {
    let asked = 0;
    const elsewhere = createServer((_request, response) => {
      asked++;
      response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void elsewhere.close());
    const url = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/lfs`;
    const rig = makeLfs();
    const text = `[lfs]\\n\\turl = ${url}\\n\\tpushurl = ${url}\\n[remote "origin"]\\n\\tlfsurl = ${url}\\n`;
    const tried = await run(`printf '${text}' >.lfsconfig; printf second >second.bin; ${then}`, rig);
    expect(tried.last).toMatchObject({ kind: "finished" });
    expect(rig.file(".lfsconfig", "town/fix-it/1")).toContain(url);
    const id = createHash("sha256").update("second").digest("hex");
    expect(readFileSync(objectPath(rig.url, id), "utf8")).toBe("second");
    expect(await land(tried, rig.url, "test $(cat second.bin) = second")).toMatchObject({ kind: "landed" });
    expect(asked).toBe(0);
  },
);

test.runIf(hasGitLfs)("a host without git-lfs says so before it spends anything", async () => {
  const rig = makeLfs();
  const bin = temporaryFolder();
  for (const name of ["git", "sh"])
    execFileSync("ln", ["-s", execFileSync("which", [name], { encoding: "utf8" }).trim(), bin]);
  const path = process.env.PATH;
  process.env.PATH = bin;
  try {
    const { last } = await run("echo x >x.txt", rig);
    expect(last).toMatchObject({ kind: "failed", failure: "refused", code: "lfs_missing" });
    expect(last).toMatchObject({ message: expect.stringMatching(/git-lfs is not on this host's PATH. Install it/) });
    expect((await repositoryCheck(rig.url)).detail).toContain("the rig keeps files in Git LFS, and git-lfs is not on");
  } finally {
    process.env.PATH = path;
  }
  expect(existsSync(join(rig.url, "refs/heads/town"))).toBe(false);
});

test("work lands in a rig whose files a checkout would write another way than they are stored", async () => {
  const rig = makeRepository();
  rig.push("main", "origin/main", { "dos.txt": "one\r\ntwo\r\n", "other.txt": "one\r\n" });
  rig.push("main", "origin/main", { ".gitattributes": "*.txt text eol=lf\n" });
  expect((await run("true", rig)).last).toMatchObject({ kind: "failed", code: "no_commit" });
  const tried = await run("echo x >x.txt", rig, 2);
  expect(tried.last).toMatchObject({ kind: "finished" });
  const head = "head" in tried.last ? (tried.last.head ?? "") : "";
  rig.push("main", "origin/main", { "meanwhile.md": "moved" });
  const request = { head, branch: "town/fix-it/2", gate: sh("test -e x.txt && test -e meanwhile.md") };
  await tried.host.merge(mergeOf(tried.town, rig.url, request));
  expect(await tried.town.last(9)).toMatchObject({ kind: "landed" });
  expect(git(rig.url, "diff", "--name-only", "main~1", "main")).toBe("x.txt");
});
