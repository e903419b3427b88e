/** A further try goes on with what the last one left, brought to the newest main branch. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { StartRequest } from "../../src/protocol/runs.ts";
import { agent, git, makeHost, makeRepository, makeTown, mergeOf, startOf, temporaryFolder, until } from "./support.ts";

const commits = (name: string, text = name) =>
  `require("node:fs").writeFileSync("${name}", "${text}\n"); cp(["add", "-A"]); cp(["commit", "-qm", "adds ${name}"]);`.replaceAll(
    "\n",
    "\\n",
  );

/** An agent that commits files, and then does something else. */
const commitsThen = (names: readonly string[], then: string): string[] =>
  agent(
    `const cp = (args) => require("node:child_process").execFileSync("git", args);
     ${names.map((name) => commits(name)).join("\n")}
     ${then}`,
  );

const fails = "process.exit(1);";
/** Leaves what it was told, and what it found, in its work. */
const looks = agent(
  `const text = fs.readFileSync(0, "utf8");
   const out = require("node:child_process").execFileSync("git", ["log", "--format=%s"], { encoding: "utf8" });
   fs.writeFileSync("seen.json", JSON.stringify({ text, log: out.trim().split("\\n"), files: fs.readdirSync(".") }));`,
);

async function scene(options: object = {}) {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost(options)];
  const run = async (fence: number, change: Partial<StartRequest>) => {
    await host.start(startOf(town, repository.url, { fence, ...change }));
    return town.last(fence);
  };
  const seen = (fence: number) =>
    JSON.parse(repository.file("seen.json", `town/fix-it/${fence}`)) as {
      text: string;
      log: string[];
      files: string[];
    };
  return { repository, town, host, run, seen };
}

test("what a run that failed had committed, and what it had not, is there for the next one, on the newest main", async () => {
  const { repository, town, run, seen } = await scene();
  const command = commitsThen(["a.txt", "b.txt"], `fs.writeFileSync("c.txt", "c"); ${fails}`);
  expect(await run(1, { command })).toMatchObject({
    kind: "failed",
    code: "exit_code",
    message: expect.stringContaining("the next try goes on with it"),
  });
  expect(repository.branches()).toEqual(["main"]);
  repository.push("main", "origin/main", { "other.txt": "o" }, "something else");
  expect(await run(2, { command: looks })).toMatchObject({ kind: "finished" });
  expect(seen(2).log).toEqual(["adds b.txt", "adds a.txt", "something else", "start"]);
  expect(seen(2).files).toEqual(expect.arrayContaining(["a.txt", "b.txt", "c.txt", "other.txt"]));
  expect(seen(2).text).toMatch(/begins with what an earlier try left.*adds b\.txt.*had not committed is staged/s);
  const { head } = (await town.last(2)) as { head: string };
  expect(git(repository.url, "log", "-1", "--format=%s", head)).toBe("Fix it");
});

test("a file that an earlier try had changed, and not committed, is the next one's change, though it leaves the file alone", async () => {
  const { repository, run } = await scene();
  await run(1, { command: agent(`fs.writeFileSync("README.md", "changed\\n"); ${fails}`) });
  expect(await run(2, { command: agent(`fs.writeFileSync("more.txt", "");`) })).toMatchObject({ kind: "finished" });
  expect(repository.file("README.md", "town/fix-it/2")).toBe("changed");
});

test("its commits say which attempt made them, and all of them land", async () => {
  const { repository, town, host, run } = await scene();
  await run(1, { command: commitsThen(["a.txt"], fails) });
  repository.push("main", "origin/main", { "other.txt": "o" }, "something else");
  const done = await run(2, { command: commitsThen(["b.txt"], "") });
  const { head, base } = done as { head: string; base: string };
  expect(base).toBe(repository.head());
  await host.merge(mergeOf(town, repository.url, { head, base, branch: "town/fix-it/2" }));
  expect(await town.last(9)).toMatchObject({ kind: "landed" });
  const told = git(repository.url, "log", "--format=%s %(trailers:key=Attempt,valueonly,separator=%x2C)", "main");
  expect(told.split("\n")).toEqual(["adds b.txt 2", "adds a.txt 1", "something else ", "start"]);
});

test("whoever finds that nothing is left to do has finished with what was there", async () => {
  const { repository, run } = await scene();
  await run(1, { command: commitsThen(["a.txt"], fails) });
  expect(await run(2, { command: agent("") })).toMatchObject({ kind: "finished" });
  expect(repository.file("a.txt", "town/fix-it/2")).toBe("a.txt");
});

test("a run that took too long, one that was stopped, and one that was overtaken leave what they had done", async () => {
  const { repository, town, host, run, seen } = await scene();
  const mark = (name: string) =>
    `fs.writeFileSync(${JSON.stringify(join(folder, "M"))} + "${name}", ""); setInterval(() => {}, 1000);`;
  const folder = temporaryFolder();
  expect(await run(1, { command: commitsThen(["late.txt"], mark("1")), maxRunMs: 1_500 })).toMatchObject({
    code: "run_timeout",
  });
  await host.start(startOf(town, repository.url, { fence: 2, command: commitsThen(["stopped.txt"], mark("2")) }));
  await until(() => existsSync(join(folder, "M2")));
  await host.stop("amy", 2);
  await host.start(startOf(town, repository.url, { fence: 3, command: commitsThen(["overtaken.txt"], mark("3")) }));
  await until(() => existsSync(join(folder, "M3")));
  expect(await run(4, { command: looks })).toMatchObject({ kind: "finished" });
  expect(seen(4).files).toEqual(expect.arrayContaining(["late.txt", "stopped.txt", "overtaken.txt"]));
});

test("work that came back from its landing is there as it was, where it does not go together with what has landed", async () => {
  const { repository, run, seen } = await scene();
  const head = repository.push("town/fix-it/1", "origin/main", { "README.md": "mine\n" }, "my change");
  const base = repository.head();
  repository.push("main", "origin/main", { "README.md": "theirs\n" }, "their change");
  const from = { branch: "town/fix-it/1", head, base };
  expect(await run(2, { from, command: looks })).toMatchObject({ kind: "finished" });
  expect(seen(2).log).toEqual(["my change", "start"]);
  expect(seen(2).text).toMatch(/do not go together.*README\.md.*origin\/main/s);
});

test("an agent that brings such work up to date lands it", async () => {
  const { repository, town, host, run } = await scene();
  const head = repository.push("town/fix-it/1", "origin/main", { "README.md": "mine\n" }, "my change");
  const from = { branch: "town/fix-it/1", head, base: repository.head() };
  repository.push("main", "origin/main", { "README.md": "theirs\n" }, "their change");
  const command = ["/bin/sh", "-c", "git rebase origin/main; echo both > README.md; git add -A; git rebase --continue"];
  const done = (await run(2, { from, command })) as { head: string; base: string };
  await host.merge(mergeOf(town, repository.url, { head: done.head, base: done.base, branch: "town/fix-it/2" }));
  expect(await town.last(9)).toMatchObject({ kind: "landed" });
  expect(repository.file("README.md")).toBe("both");
  expect(repository.count()).toBe(3);
});

test("told to begin at main it does, and nothing is kept", async () => {
  const { run, seen } = await scene();
  await run(1, { command: commitsThen(["a.txt"], fails) });
  await run(2, { from: null, command: looks });
  expect(seen(2).log).toEqual(["start"]);
  expect(seen(2).text).not.toContain("earlier try left");
});

test("work for another branch, of a later attempt, or that nobody has, is left alone", async () => {
  const { repository, run, seen } = await scene();
  repository.push("next", "origin/main", {}, "next");
  await run(5, { command: commitsThen(["a.txt"], fails) });
  const rig = { id: "shop", repoUrl: repository.url, defaultBranch: "next" };
  await run(6, { rig, command: looks });
  expect(seen(6).log).toEqual(["next", "start"]);
  const from = { branch: "town/fix-it/6", head: "e".repeat(40) };
  await run(7, { from, command: looks });
  expect(seen(7).log).toEqual(["start"]);
});

test("a branch that somebody moved is not what it goes on with", async () => {
  const { repository, run, seen } = await scene();
  const head = repository.push("town/fix-it/1", "origin/main", { "a.txt": "a" }, "my change");
  repository.push("town/fix-it/1", head, { "smuggled.txt": "x" }, "smuggled");
  repository.push("town/fix-it/9", "origin/main", { "smuggled.txt": "x" }, "smuggled too");
  await run(2, { from: { branch: "town/fix-it/1", head }, command: looks });
  expect(seen(2).log).toEqual(["my change", "start"]);
});

test("a base that is not in the work's history does not decide what is the work", async () => {
  const { repository, run, seen } = await scene();
  const head = repository.push("town/fix-it/1", "origin/main", { "a.txt": "a" }, "my change");
  const elsewhere = repository.push("elsewhere", "origin/main", { "z.txt": "z" }, "elsewhere");
  repository.push("main", "origin/main", { "b.txt": "b" }, "main goes on");
  await run(2, { from: { branch: "town/fix-it/1", head, base: elsewhere }, command: looks });
  expect(seen(2).log).toEqual(["my change", "main goes on", "start"]);
});

test("of a host that was killed the next boot keeps what its agents had done", async () => {
  const { repository, town, seen } = await scene();
  const state = temporaryFolder();
  const { spawnHost } = await import("./support.ts");
  const first = await spawnHost(state);
  const folder = temporaryFolder();
  const command = commitsThen(
    ["a.txt"],
    `fs.writeFileSync("b.txt", "b"); fs.writeFileSync(${JSON.stringify(join(folder, "M"))}, ""); setInterval(() => {}, 1000);`,
  );
  await first.start(startOf(town, repository.url, { command }));
  await until(() => existsSync(join(folder, "M")));
  first.child.kill("SIGKILL");
  await first.exited;
  const second = await makeHost({ state });
  expect(await town.last(1)).toMatchObject({ kind: "failed", failure: "lost", code: "host_restarted" });
  await second.start(startOf(town, repository.url, { fence: 2, command: looks }));
  expect(await town.last(2)).toMatchObject({ kind: "finished" });
  expect(seen(2).files).toEqual(expect.arrayContaining(["a.txt", "b.txt"]));
});
