/** What an agent does to its clone reaches nothing else, and its work is found wherever it left it. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { git, makeHost, makeRepository, makeTown, startOf, temporaryFolder, until } from "./support.ts";

/** An agent written as lines of shell, in its working copy. */
const shell = (script: string) => ["sh", "-ec", script];

/** Runs one agent to its end, on a host whose state may lie where the test likes. */
async function runOf(script: string, options: { state?: string; files?: Record<string, string> } = {}) {
  const [repository, town] = [makeRepository(), await makeTown()];
  if (options.files) repository.push("main", "origin/main", options.files);
  const host = await makeHost(options.state ? { state: options.state } : {});
  await host.start(startOf(town, repository.url, { command: shell(script) }));
  const last = await town.last(1);
  const branch = "town/fix-it/1";
  const files = () => git(repository.url, "ls-tree", "-r", "--name-only", branch).split("\n");
  const said = JSON.stringify(last);
  return { repository, town, host, last, branch, files, said };
}

const titles = (url: string, branch: string) => git(url, "log", "--format=%s", branch);

test("an agent that removes its .git is no danger to the repository around the host, and its files are its work", async () => {
  const theirs = temporaryFolder();
  git(theirs, "init", "--quiet", "--initial-branch=main");
  writeFileSync(join(theirs, "mine.txt"), "committed\n");
  git(theirs, "add", "mine.txt");
  git(theirs, "commit", "--quiet", "-m", "theirs");
  writeFileSync(join(theirs, "mine.txt"), "not committed\n");
  writeFileSync(join(theirs, "untracked.txt"), "untracked\n");
  const before = [git(theirs, "rev-parse", "HEAD"), git(theirs, "status", "--porcelain", "--", "*.txt")];
  const script = "rm -rf .git; ! git rev-parse --git-dir; echo x > x";
  const { last, files, said } = await runOf(script, { state: join(theirs, ".townkeeper/host") });
  expect(last.kind).toBe("finished");
  expect(files()).toEqual(["README.md", "x"]);
  expect(said).toMatch(/removed its \.git/);
  expect([git(theirs, "rev-parse", "HEAD"), git(theirs, "status", "--porcelain", "--", "*.txt")]).toEqual(before);
});

test.each([
  ["a pipe", "mkfifo .git"],
  ["a link to a device", "ln -s /dev/zero .git"],
  ["a file that points elsewhere", "echo gitdir: /tmp > .git"],
  ["a link to another's repository", `ln -s "$OTHER" .git`],
])("%s in place of .git is not followed: the files are the work", async (_name, replace) => {
  const { last, files, said } = await runOf(
    `OTHER=$(git config remote.origin.url); rm -rf .git; ${replace}; echo x > x`,
  );
  expect(last.kind).toBe("finished");
  expect(files()).toEqual(["README.md", "x"]);
  expect(said).toMatch(/in place of its \.git/);
});

test("configuration, attributes, excludes, hooks and filters that an agent left in its clone do nothing to the host's git", async () => {
  const mark = join(temporaryFolder(), "ran");
  const { last, files, repository, branch } = await runOf(`
    for what in core.fsmonitor core.sshCommand core.editor filter.evil.clean filter.evil.process merge.evil.driver diff.evil.command core.alternateRefsCommand uploadpack.packObjectsHook
    do git config $what "touch ${mark}; false"; done
    git config --global core.hooksPath "$PWD/.git/hooks"
    git config extensions.worktreeConfig true
    git config push.gpgSign true
    git config core.bare true
    git config core.worktree /
    git config "url./nowhere/.insteadOf" "$(git config remote.origin.url)"
    git config filter.evil.required true
    echo '*' > .git/info/exclude
    echo '* filter=evil merge=evil diff=evil' > .git/info/attributes
    for hook in pre-commit post-checkout reference-transaction pre-push post-index-change
    do printf '#!/bin/sh\\ntouch ${mark}\\n' > .git/hooks-$hook; mkdir -p .git/hooks; cp .git/hooks-$hook .git/hooks/$hook; chmod +x .git/hooks/$hook; done
    rm -f ${mark}
    echo x > x`);
  expect(last.kind).toBe("finished");
  expect(files()).toEqual(["README.md", "x"]);
  expect(titles(repository.url, branch)).toBe("Fix it\nstart");
  expect(existsSync(mark)).toBe(false);
});

test("a global configuration that an agent writes is its own attempt's, not the user's", async () => {
  const home = temporaryFolder();
  writeFileSync(join(home, ".gitconfig"), "[user]\n\tname = them\n");
  const { last, branch, repository } = await runOf(
    `export HOME=${home}; git config --global core.hooksPath /evil; git config user.name > who`,
  );
  expect(last.kind).toBe("finished");
  expect(git(repository.url, "show", `${branch}:who`)).toBe("them");
  expect(readFileSync(join(home, ".gitconfig"), "utf8")).toBe("[user]\n\tname = them\n");
});

test("work that was committed on another branch, or on none, is found", async () => {
  const elsewhere = await runOf(
    "git checkout -qb mine; echo a > a; git add a; git commit -qm 'On mine'; git checkout -q -",
  );
  expect(elsewhere.last.kind).toBe("finished");
  expect(titles(elsewhere.repository.url, elsewhere.branch)).toBe("On mine\nstart");
  expect(elsewhere.said).toMatch(/branch that was not checked out/);
  const detached = await runOf("git checkout -q --detach; echo a > a; git add a; git commit -qm 'On none'");
  expect(titles(detached.repository.url, detached.branch)).toBe("On none\nstart");
});

test("of work on several branches what is checked out lands, and the rest is told of; where none is, the agent is told to choose", async () => {
  const commit = (name: string) => `echo ${name} > ${name}; git add ${name}; git commit -qm 'Add ${name}'`;
  const chosen = await runOf(`git checkout -qb mine; ${commit("a")}; git checkout -q -; ${commit("b")}`);
  expect(chosen.files()).toEqual(["README.md", "b"]);
  expect(chosen.said).toMatch(/left on another branch/);
  const unclear = await runOf(`
    git checkout -qb one; ${commit("a")}; git checkout -q town/fix-it/1
    git checkout -qb two; ${commit("b")}; git checkout -q town/fix-it/1`);
  expect(unclear.last).toMatchObject({ kind: "failed", failure: "agent_failed", code: "ambiguous_work" });
});

test("what an agent stashed is not landed, and it is told so; another's stash it never sees", async () => {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  const stashes = shell("echo mine > README.md; git stash -q");
  await host.start(startOf(town, repository.url, { command: stashes }));
  expect(await town.last(1)).toMatchObject({
    kind: "failed",
    code: "no_commit",
    message: expect.stringMatching(/stash/),
  });
  const pops = shell("! git stash pop; git stash list > list; echo x > x");
  await host.start(startOf(town, repository.url, { command: pops, agent: "bob", bead: "other", fence: 2 }));
  expect((await town.last(2)).kind).toBe("finished");
  expect(repository.file("list", "town/other/2")).toBe("");
});

test("an amended start and a history begun anew are taken for what they change", async () => {
  const amended = await runOf("echo a > a; git add a; git commit -q --amend -m 'Amended'");
  expect(amended.last.kind).toBe("finished");
  expect(amended.files()).toEqual(["README.md", "a"]);
  const anew = await runOf("rm -rf .git; git init -q; git add -A; git commit -qm root; echo b > b");
  expect(anew.last.kind).toBe("finished");
  expect(anew.files()).toEqual(["README.md", "b"]);
  expect(titles(anew.repository.url, anew.branch)).toBe("Fix it\nstart");
});

test("the files of a repository inside the working copy land as files, committed there or not, and in the agent's own repository or not", async () => {
  const { last, files, said } = await runOf(`
    mkdir -p lib/a lib/b lib/c
    (cd lib/a; git init -q; echo a > a; git add a; git commit -qm a)
    (cd lib/b; git init -q; echo b > b)
    (cd lib/c; git init -q; echo c > c; git add c; git commit -qm c)
    git add lib/c; git commit -qm 'a pointer'`);
  expect(last.kind).toBe("finished");
  expect(files()).toEqual(["README.md", "lib/a/a", "lib/b/b", "lib/c/c"]);
  expect(said).toMatch(/lib\/a was a repository of its own/);
});

test("a pipe inside a nested repository holds nothing up, and another work tree inside is no copy of everything", async () => {
  const { last, files } = await runOf(
    "mkdir sub; mkfifo sub/.git; echo s > sub/s; git worktree add -q inside; echo x > x",
  );
  expect(last.kind).toBe("finished");
  expect(files()).toEqual(["README.md", "sub/s", "x"]);
});

test("an agent that does nothing has done nothing, though a checkout alone rewrites line ends", async () => {
  const files = { "crlf.txt": "one\r\ntwo\r\n", "mixed.txt": "one\ntwo\r\n" };
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  repository.push("main", "origin/main", files);
  repository.push("main", "origin/main", { ".gitattributes": "*.txt text eol=crlf\n" });
  const touches = shell("touch crlf.txt mixed.txt");
  await host.start(startOf(town, repository.url, { command: touches }));
  expect(await town.last(1)).toMatchObject({ kind: "failed", code: "no_commit" });
  await host.start(startOf(town, repository.url, { command: shell("touch *.txt; echo x > x"), fence: 2 }));
  expect((await town.last(2)).kind).toBe("finished");
  const changed = git(repository.url, "diff", "--name-only", "main", "town/fix-it/2");
  expect(changed).toBe("x");
});

test("names with newlines, links that lead out, and what was forced past .gitignore are kept as they are", async () => {
  const { last, repository, branch } = await runOf(
    `printf n > 'a
b'; ln -s /etc out; mkdir dist; echo d > dist/d; git add -f dist/d; git commit -qm forced; echo e > dist/e; echo x > x`,
    { files: { ".gitignore": "dist\n" } },
  );
  expect(last.kind).toBe("finished");
  const listed = git(repository.url, "ls-tree", "-r", "-z", branch)
    .split("\0")
    .map((line) => line.replace(/ blob .*\t/, " "));
  expect(listed).toEqual(expect.arrayContaining(["100644 a\nb", "120000 out", "100644 dist/d", "100644 x"]));
  expect(listed.join()).not.toContain("dist/e");
});

test("locks, a shallow history, broken refs and unsound objects in a clone hold no one up but itself", async () => {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  repository.push("main", "origin/main", { "b.txt": "b" });
  const spoils = shell(`
    touch .git/index.lock .git/HEAD.lock .git/packed-refs.lock .git/refs/heads/x.lock .git/config.lock
    git fetch -q --depth=1 origin main
    echo nonsense > .git/refs/heads/nonsense; mkdir -p .git/refs/heads/town/other; git rev-parse HEAD > .git/refs/heads/town/other/2
    echo x > x`);
  await host.start(startOf(town, repository.url, { command: spoils }));
  expect((await town.last(1)).kind).toBe("finished");
  const next = { agent: "bob", bead: "other", fence: 2, command: shell("git log --oneline | wc -l > count") };
  await host.start(startOf(town, repository.url, next));
  expect((await town.last(2)).kind).toBe("finished");
  expect(repository.file("count", "town/other/2").trim()).toBe("2");
});

test("an object under a false name is not believed: the commit that needs it is left out", async () => {
  const { last, files, said } = await runOf(`
    echo good > f; git add f; git commit -qm 'Add f'
    blob=$(git rev-parse HEAD:f); other=$(echo evil | git hash-object -w --stdin)
    path() { echo .git/objects/$(echo $1 | cut -c1-2)/$(echo $1 | cut -c3-); }
    rm -f $(path $blob); cp $(path $other) $(path $blob)
    echo x > x`);
  expect(last.kind).toBe("finished");
  expect(files()).toEqual(["README.md", "f", "x"]);
  expect(said).toMatch(/unsound/);
});

test("a working copy that was put aside is not looked for elsewhere", async () => {
  const { last } = await runOf(`cd ..; mv fix-it-1 away; ln -s / fix-it-1`);
  expect(last).toMatchObject({ kind: "failed", failure: "agent_failed", code: "workspace_gone" });
});

test("what an attempt had is gone when it has finished, and stays for people to look at when it has failed", async () => {
  const done = await runOf("echo x > x");
  const left = ({ host }: typeof done, folder: string) => readdirSync(join(host.state, folder, "demo/shop"));
  await until(() => left(done, "git/work").length + left(done, "work").length === 0);
  const broken = await runOf("echo x > x; exit 3");
  await until(() => left(broken, "git/work").length === 0);
  const cwd = join(broken.host.state, "work/demo/shop/fix-it-1");
  expect(execFileSync("git", ["status", "--short"], { cwd, encoding: "utf8" })).toBe("?? x\n");
});

test("an agent can fetch, and the commits it fetched are not its own", async () => {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  const other = join(temporaryFolder(), "other");
  mkdirSync(other);
  const script = shell(`
    git clone -q "$(git config remote.origin.url)" ${other}/clone
    (cd ${other}/clone; echo theirs > theirs; git add theirs; git commit -qm theirs; git push -q origin HEAD:main)
    git pull -q origin main; echo x > x; git add x; git commit -qm Mine`);
  await host.start(startOf(town, repository.url, { command: script }));
  const last = await town.last(1);
  expect(last.kind).toBe("finished");
  expect(titles(repository.url, "town/fix-it/1")).toBe("Mine\ntheirs\nstart");
  expect(git(repository.url, "rev-parse", "town/fix-it/1~1")).toBe(repository.head());
});

test("a state folder from before keeps worktrees with the repository they belong to, and loses what nothing needs", async () => {
  const [repository, town, state] = [makeRepository(), await makeTown(), temporaryFolder()];
  const [needed, idle] = ["shop.aaaaaaaaaaaa.git", "shop.bbbbbbbbbbbb.git"].map((name) =>
    join(state, "rigs/demo", name),
  );
  for (const path of [needed, idle]) git(state, "clone", "--quiet", "--bare", repository.url, path ?? "");
  const tree = join(state, "work/demo/shop/old-3");
  git(needed ?? "", "worktree", "add", "--quiet", tree, "main");
  writeFileSync(join(tree, "unsaved"), "x");
  mkdirSync(join(state, "git/work/demo/shop/old-4"), { recursive: true });
  const host = await makeHost({ state });
  expect(git(tree, "status", "--short")).toBe("?? unsaved");
  expect([idle ?? "", join(state, "git")].map((path) => existsSync(path))).toEqual([false, false]);
  await host.start(startOf(town, repository.url, { bead: "old", fence: 4 }));
  expect((await town.last(4)).kind).toBe("finished");
  expect(existsSync(tree)).toBe(false);
  await host.drain();
  await makeHost({ state });
  expect(existsSync(needed ?? "")).toBe(false);
});
