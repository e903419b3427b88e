/** What an attempt has changed, as its host tells it: of real repositories, of every kind of file, within bounds. */
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type Changes, DIFF_BUDGET_BYTES, diffAnswer } from "../../src/protocol/diff.ts";
import { agent, git, makeHost, makeRepository, makeTown, mergeOf, startOf, temporaryFolder, until } from "./support.ts";

type Repository = ReturnType<typeof makeRepository>;
type Host = Awaited<ReturnType<typeof makeHost>>;

interface Asked {
  head: string;
  base?: string;
  path?: string;
  bead?: string;
  branch?: string;
}

const requestOf = (url: string, { branch = "main", bead = "fix-it", ...asked }: Asked) => ({
  protocol: 1,
  town: "demo",
  rig: { id: "shop", repoUrl: url, defaultBranch: branch },
  bead,
  ...asked,
});

async function diffOf(host: Host, { url }: { url: string }, asked: Asked): Promise<Changes> {
  const { status, text } = await host.call("POST", "/v1/rigs/diff", requestOf(url, asked));
  expect(status, text).toBe(200);
  return diffAnswer.parse(JSON.parse(text));
}

const refusedOf = async (host: Host, { url }: { url: string }, asked: Asked) => {
  const { status, body } = await host.call("POST", "/v1/rigs/diff", requestOf(url, asked));
  return { status, code: body.code, message: body.message };
};

/** Commits what `change` does in the clone, on top of main, and pushes it. */
function commits(repository: Repository, change: (folder: string) => void, message = "change"): string {
  const clone = join(repository.url, "..", "clone");
  git(clone, "checkout", "--quiet", "--detach", "origin/main");
  git(clone, "clean", "-dfxq");
  change(clone);
  git(clone, "add", "--all", "--force");
  git(clone, "commit", "--quiet", "-m", message);
  git(clone, "push", "--quiet", "--force", "origin", "HEAD:refs/heads/town/fix-it/1");
  return git(clone, "rev-parse", "HEAD");
}

const lines = (count: number, word = "line") => Array.from({ length: count }, (_, at) => `${word} ${at}\n`).join("");

test("commits and patches are told against what the branch parted from, and a file that was moved is one", async () => {
  const repository = makeRepository();
  const start = repository.push("main", "origin/main", { "old name.txt": lines(20), "gone.txt": "bye\n", run: "x\n" });
  git(join(repository.url, "..", "clone"), "fetch", "--quiet");
  const head = commits(
    repository,
    (folder) => {
      renameSync(join(folder, "old name.txt"), join(folder, "new ñame.txt"));
      writeFileSync(join(folder, "new ñame.txt"), `${lines(20)}one more\n`);
      rmSync(join(folder, "gone.txt"));
      chmodSync(join(folder, "run"), 0o755);
      symlinkSync("README.md", join(folder, "link"));
    },
    "Move it\n\nWhy: because\nBead: fix-it\nAttempt: 1",
  );
  const host = await makeHost();
  const told = await diffOf(host, repository, { head });
  expect(told).toMatchObject({ base: start, baseFrom: "branch", head, moreCommits: 0, moreFiles: 0, truncated: false });
  expect(told.commits).toEqual([
    {
      hash: head,
      parents: [start],
      subject: "Move it",
      author: "t",
      at: expect.stringMatching(/^\d{4}-.*Z$/),
      trailers: [
        { name: "Why", value: "because" },
        { name: "Bead", value: "fix-it" },
        { name: "Attempt", value: "1" },
      ],
    },
  ]);
  const seen = told.files.map(({ path, oldPath, status, kind, modes, additions, deletions }) =>
    [path, oldPath, status, kind, modes, additions, deletions].join(" "),
  );
  expect(seen).toEqual([
    "gone.txt  deleted file  0 1",
    "link  added symlink  1 0",
    "new ñame.txt old name.txt renamed file  1 0",
    "run  modified file 100644 → 100755 0 0",
  ]);
  expect(told.files[2]?.patch).toBe("@@ -18,3 +18,4 @@ line 16\n line 17\n line 18\n line 19\n+one more");
  expect(told.files[1]?.patch).toBe("@@ -0,0 +1 @@\n+README.md\n\\ No newline at end of file");
  expect(told.files[3]?.patch).toBe("");
});

test("what is binary, too large, a pointer of Git LFS or a submodule is said to be that", async () => {
  const repository = makeRepository();
  const head = commits(repository, (folder) => {
    writeFileSync(join(folder, "picture.png"), Buffer.from([137, 80, 0, 1, 2]));
    writeFileSync(join(folder, "huge.txt"), lines(400_000));
    writeFileSync(join(folder, "long.txt"), lines(5_000));
    writeFileSync(join(folder, "one-line.js"), "x".repeat(300_000));
    const oid = "a".repeat(64);
    writeFileSync(
      join(folder, "film.mp4"),
      `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize 12345\n`,
    );
    git(folder, "update-index", "--add", "--cacheinfo", `160000,${"b".repeat(40)},lib`);
    mkdirSync(join(folder, "lib"));
    git(join(folder, "lib"), "init", "--quiet");
    git(join(folder, "lib"), "commit", "--quiet", "--allow-empty", "-m", "x");
  });
  const host = await makeHost();
  const told = await diffOf(host, repository, { head });
  const by = new Map(told.files.map((file) => [file.path, file]));
  expect(by.get("picture.png")).toMatchObject({ binary: true, patch: null, truncated: null, bytes: 5, oldBytes: null });
  expect(by.get("huge.txt")).toMatchObject({ binary: false, patch: null, truncated: "too_large" });
  expect(by.get("film.mp4")).toMatchObject({ kind: "lfs", patch: expect.stringContaining("+size 12345") });
  expect(by.get("lib")).toMatchObject({
    kind: "submodule",
    bytes: null,
    patch: expect.stringMatching(/\+Subproject commit [0-9a-f]{40}$/),
  });
  const long = by.get("long.txt");
  expect(long).toMatchObject({ additions: 5_000, truncated: "cut" });
  expect(long?.patch?.split("\n")).toHaveLength(1_200);
  expect(by.get("one-line.js")).toMatchObject({
    truncated: "cut",
    patch: expect.stringMatching(/^@@ .*\n\+x{1999}… \[the line goes on\]/),
  });
  expect(told.truncated).toBe(true);
  const alone = await diffOf(host, repository, { head, path: "long.txt" });
  expect(alone.files).toHaveLength(1);
  expect(alone.files[0]).toMatchObject({ truncated: null, additions: 5_000 });
  expect(await refusedOf(host, repository, { head, path: "no-such" })).toMatchObject({ code: "no_such_file" });
});

test("of a thousand files and more each is listed or counted, the answer keeps to its bounds, and it comes in time", async () => {
  const repository = makeRepository();
  const head = commits(repository, (folder) => {
    for (let at = 0; at < 1_300; at++) writeFileSync(join(folder, `f${at}.txt`), lines(40, `"quoted" ${at}`));
  });
  const host = await makeHost();
  const told = await diffOf(host, repository, { head });
  expect(told.files.length + told.moreFiles).toBe(1_300);
  expect(told.files.length).toBeGreaterThan(400);
  expect(told.moreFiles).toBeGreaterThan(0);
  expect(told.files.every(({ patch, truncated }) => patch !== null || truncated === "left_out")).toBe(true);
  expect(told.files.every(({ additions }) => additions === 40)).toBe(true);
  expect(told.files.filter(({ patch }) => patch !== null).length).toBeGreaterThan(50);
  expect(Buffer.byteLength(JSON.stringify(told))).toBeLessThan(DIFF_BUDGET_BYTES + 1_000);
});

test("names and contents that command a terminal, turn the writing around or are no text are shown, and do nothing", async () => {
  const repository = makeRepository();
  const head = commits(
    repository,
    (folder) => {
      writeFileSync(join(folder, "a\nb\u001b[31m.txt"), "x\n");
      writeFileSync(join(folder, 'say "hi".txt'), "x\n");
      writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0xfe])]), "x\n");
      writeFileSync(
        join(folder, "trojan.ts"),
        "if (\u202e isAdmin \u2066) {}\u200b\u001b]0;evil\u0007\r\n+++ b/forged\ndiff --git a/x b/x\n",
      );
    },
    "subject \u001b[2J\u202eevil",
  );
  const host = await makeHost();
  const told = await diffOf(host, repository, { head });
  expect(told.files.map(({ path }) => path).sort()).toEqual([
    '"\\377\\376"',
    '"a\\nb\\033[31m.txt"',
    '"say \\"hi\\".txt"',
    "trojan.ts",
  ]);
  const trojan = told.files.find(({ path }) => path === "trojan.ts")?.patch ?? "";
  expect(trojan).toContain("+if (⟨U+202E⟩ isAdmin ⟨U+2066⟩) {}⟨U+200B⟩␛]0;evil␇␍\n++++ b/forged\n+diff --git a/x b/x");
  expect(told.commits[0]?.subject).toBe("subject ␛[2J⟨U+202E⟩evil");
  expect(JSON.stringify(told)).not.toMatch(/[\u202e\u2066\u200b]|\\u001b/);
  expect(told.files.find(({ path }) => path.includes("377"))).toMatchObject({ truncated: "left_out" });
});

test("no attribute, driver or setting runs a program, and none hides what is there", async () => {
  const repository = makeRepository();
  const marks = temporaryFolder();
  const runs = (name: string) => `touch ${join(marks, name)}; cat`;
  const settings = join(marks, "gitconfig");
  for (const [name, value] of [
    ["diff.external", runs("external")],
    ["diff.evil.command", runs("command")],
    ["diff.evil.textconv", runs("textconv")],
    ["core.attributesFile", join(marks, "attributes")],
    ["core.pager", runs("pager")],
    ["log.showSignature", "true"],
    ["gpg.program", join(marks, "gpg")],
    ["diff.noprefix", "true"],
    ["color.ui", "always"],
  ] as const)
    execFileSync("git", ["config", "--file", settings, name, value]);
  writeFileSync(join(marks, "attributes"), "* diff=evil\n*.ts binary\n");
  writeFileSync(join(marks, "gpg"), `#!/bin/sh\ntouch ${join(marks, "gpg-ran")}\n`, { mode: 0o755 });
  const before = process.env.GIT_CONFIG_GLOBAL;
  process.env.GIT_CONFIG_GLOBAL = settings;
  onTestFinished(() => {
    if (before === undefined) delete process.env.GIT_CONFIG_GLOBAL;
    else process.env.GIT_CONFIG_GLOBAL = before;
  });
  process.env.GIT_EXTERNAL_DIFF = runs("variable");
  onTestFinished(() => void delete process.env.GIT_EXTERNAL_DIFF);
  const head = commits(repository, (folder) => {
    writeFileSync(join(folder, ".gitattributes"), "* diff=evil binary\n*.ts -diff\n");
    writeFileSync(join(folder, "code.ts"), "export const backdoor = true;\n");
  });
  const host = await makeHost();
  const told = await diffOf(host, repository, { head });
  expect(told.files.find(({ path }) => path === "code.ts")).toMatchObject({
    binary: false,
    patch: "@@ -0,0 +1 @@\n+export const backdoor = true;",
  });
  for (const name of ["external", "command", "textconv", "pager", "variable", "gpg-ran"])
    expect(existsSync(join(marks, name)), name).toBe(false);
});

test("what looks like a secret, or is one that the host knows, is in none of it, and each line keeps its sign", async () => {
  const repository = makeRepository();
  const known = "sdfkjh3498fhsdkjfh9834";
  process.env.SHOP_API_KEY = known;
  onTestFinished(() => void delete process.env.SHOP_API_KEY);
  const begin = `-----BEGIN RSA ${"PRIVATE"} KEY-----`;
  const end = `-----END RSA ${"PRIVATE"} KEY-----`;
  const github = `ghp_${"a1b2c3d4".repeat(5)}`;
  const head = commits(
    repository,
    (folder) => {
      writeFileSync(join(folder, ".env"), `KEY=${known}\nTOKEN=${github}\n${begin}\nMIIabc\nMIIdef\n${end}\nafter\n`);
      writeFileSync(join(folder, `${github}.txt`), "x\n");
    },
    `Use ${known}`,
  );
  const host = await makeHost();
  const told = await diffOf(host, repository, { head });
  const all = JSON.stringify(told);
  for (const secret of [known, github, "MIIabc", "MIIdef"]) expect(all).not.toContain(secret);
  expect(told.files.find(({ path }) => path === ".env")?.patch).toBe(
    "@@ -0,0 +1,7 @@\n+KEY=***\n+TOKEN=***\n+***\n+***\n+***\n+***\n+after",
  );
});

test("a secret across the place where a long patch is cut is not shown by half", async () => {
  const repository = makeRepository();
  const known = `q${"z9".repeat(40)}`;
  process.env.SHOP_API_KEY = known;
  onTestFinished(() => void delete process.env.SHOP_API_KEY);
  const head = commits(repository, (folder) => {
    for (let at = 0; at < 90; at++)
      writeFileSync(join(folder, `f${at}.txt`), `${"y".repeat(1_950 + at)} ${known}\n${lines(1_500, `z ${known}`)}`);
  });
  const host = await makeHost();
  const all = JSON.stringify(await diffOf(host, repository, { head }));
  expect(all).toContain("***");
  expect(all).not.toContain("z9z9");
});

test("what the branch merged in is not the attempt's, and a merge is told as one", async () => {
  const repository = makeRepository();
  const clone = join(repository.url, "..", "clone");
  const base = repository.head();
  repository.push("town/fix-it/1", "origin/main", { "mine.txt": "mine\n" }, "mine");
  const others = repository.push("main", "origin/main", { "theirs.txt": "theirs\n" }, "theirs");
  git(clone, "checkout", "--quiet", "--detach", "origin/town/fix-it/1");
  git(clone, "merge", "--quiet", "--no-edit", "origin/main");
  git(clone, "push", "--quiet", "origin", "HEAD:refs/heads/town/fix-it/1");
  const head = git(clone, "rev-parse", "HEAD");
  const host = await makeHost();
  const told = await diffOf(host, repository, { head, base });
  expect(told).toMatchObject({ base: others, baseFrom: "branch" });
  expect(told.files.map(({ path }) => path)).toEqual(["mine.txt"]);
  expect(told.commits.map(({ subject, parents }) => [subject, parents.length])).toEqual([
    [expect.stringMatching(/^Merge /), 2],
    ["mine", 1],
  ]);
});

test("a run's work is told before it lands, and after its branch is gone; of none that was kept it says so", async () => {
  const repository = makeRepository();
  const town = await makeTown();
  const host = await makeHost();
  const command = agent(`fs.writeFileSync("made.txt", "made\\n");`);
  await host.start(startOf(town, repository.url, { command }));
  const finished = (await town.last(1)) as { head: string; base: string };
  const before = await diffOf(host, repository, { head: finished.head, base: finished.base });
  expect(before).toMatchObject({ baseFrom: "attempt", base: finished.base });
  expect(before.files).toMatchObject([{ path: "made.txt", patch: "@@ -0,0 +1 @@\n+made" }]);
  await host.merge(mergeOf(town, repository.url, { head: finished.head, base: finished.base }));
  await town.last(9);
  await until(() => repository.branches().join() === "main");
  // To a host that meets the repository now all is on the main branch: the commits say themselves whose they are.
  const unknown = await diffOf(await makeHost(), repository, { head: finished.head });
  expect(unknown).toMatchObject({ base: finished.base, baseFrom: "commits", files: before.files });
  rmSync(repository.url, { recursive: true });
  const after = await diffOf(host, repository, { head: finished.head, base: finished.base });
  expect(after.files).toEqual(before.files);
  expect(await refusedOf(host, repository, { head: "1".repeat(40) })).toMatchObject({
    status: 409,
    code: "fetch_failed",
  });
});

test("of commits that neither the host nor the remote has it says so; what is no request is refused", async () => {
  const repository = makeRepository();
  const host = await makeHost();
  expect(await refusedOf(host, repository, { head: "1".repeat(40) })).toEqual({
    status: 409,
    code: "commits_gone",
    message: expect.stringContaining("no longer kept on this host"),
  });
  for (const head of ["--output=/tmp/x", "HEAD", "refs/heads/main"])
    expect(await host.call("POST", "/v1/rigs/diff", requestOf(repository.url, { head }))).toMatchObject({
      status: 400,
    });
  const other = await makeHost();
  const branch = "convoy/x-1";
  const head = repository.push(branch, "origin/main", { "a.txt": "a\n" });
  const next = repository.push("town/fix-it/1", `origin/${branch}`, { "b.txt": "b\n" });
  expect((await diffOf(other, repository, { head: next, branch })).base).toBe(head);
  const first = git(repository.url, "rev-list", "--max-parents=0", "main");
  expect(await diffOf(other, repository, { head: first })).toMatchObject({ base: null, baseFrom: "commits" });
});
