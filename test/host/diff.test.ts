/** What an attempt has changed, as its host tells it: of real repositories, of every kind of file, within bounds. */
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { DIFF_BUDGET_BYTES } from "../../src/protocol/diff.ts";
import { commits, diffOf, lines, refusedOf, requestOf } from "./diff-scene.ts";
import { agent, git, makeHost, makeRepository, makeTown, mergeOf, startOf, until } from "./support.ts";

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
  expect(told.files.every(({ additions }) => additions === 40 || additions === null)).toBe(true);
  expect(told.files.filter(({ patch }) => patch !== null).length).toBeGreaterThan(50);
  expect(Buffer.byteLength(JSON.stringify(told))).toBeLessThan(DIFF_BUDGET_BYTES + 1_000);
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
