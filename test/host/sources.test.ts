/** Submodules and files in LFS: agents and gates have them whole, and what lands can be cloned whole. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { lfsMissing, objectPath } from "../../host/lfs.ts";
import { land, local, repositoryCheck, run, sh } from "./sources-scene.ts";
import { git, makeRepository, mergeOf, temporaryFolder } from "./support.ts";

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
