import { chmodSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { isSignOfLife } from "../../src/protocol/reports.ts";
import {
  agent,
  git,
  linesOf,
  makeHost,
  makeRepository,
  makeTown,
  mergeOf,
  startOf,
  temporaryFolder,
  until,
} from "./support.ts";

async function scene() {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  return { repository, town, host };
}

test("a landing rebases the branch, passes the gate, pushes, reports, and tidies up", async () => {
  const { repository, town, host } = await scene();
  await host.start(startOf(town, repository.url));
  const finished = await town.last(1);
  if (finished.kind !== "finished") throw new Error("the run did not finish");
  repository.push("main", "origin/main", { "other.txt": "meanwhile" }, "meanwhile");
  repository.push("town/fix-it/3", "origin/main", { "old.txt": "an older attempt" });
  const gate = agent(`
    if (!fs.existsSync("fix-it.txt") || !fs.existsSync("other.txt")) process.exit(1);
    fs.writeFileSync("droppings.txt", "x");
    require("node:child_process").execFileSync("git", ["add", "-A"]);
    require("node:child_process").execFileSync("git", ["commit", "-qm", "by the gate"]);`);
  const answer = await host.merge(mergeOf(town, repository.url, { head: finished.head, gate }));
  expect([answer.status, answer.body.accepted]).toEqual([202, true]);
  expect(await town.last(9)).toMatchObject({ kind: "landed", agent: null, head: repository.head() });
  expect(git(repository.url, "log", "--format=%s %an", "main")).toBe("Fix it amy\nmeanwhile t\nstart t");
  expect(git(repository.url, "ls-tree", "--name-only", "main")).not.toMatch(/droppings/);
  await until(() => repository.branches().join() === "main");
  expect(existsSync(join(host.state, "land/demo/shop/fix-it-9"))).toBe(false);
  expect(town.of(9).some((report) => report.kind === "heartbeat" && report.agent === null)).toBe(true);
});

test("a conflict is rejected with the files that conflict, and the remote stays as it was", async () => {
  const { repository, town, host } = await scene();
  const head = repository.push("town/fix-it/1", "origin/main", { "README.md": "mine\n" });
  const main = repository.push("main", "origin/main", { "README.md": "yours\n" });
  await host.merge(mergeOf(town, repository.url, { head }));
  const last = await town.last(9);
  expect(last).toMatchObject({ kind: "rejected", code: "conflict", message: expect.stringContaining("README.md") });
  expect(last.kind === "rejected" && last.outputTail).toMatch(/CONFLICT|could not apply/);
  expect(last.kind === "rejected" && last.outputTail).not.toMatch(/hint:|--skip/);
  expect(repository.head()).toBe(main);
  expect(repository.branches()).toContain("town/fix-it/1");
});

test("a gate that fails, hangs or does not exist keeps the work off the default branch", async () => {
  const { repository, town, host } = await scene();
  const head = repository.push("town/fix-it/1", "origin/main", { "a.txt": "a" });
  const main = repository.head();
  const unlessWorkIsThere = `if (!fs.existsSync("a.txt")) process.exit(0);`;
  const failing = agent(`${unlessWorkIsThere} console.log("one\\n2 tests failed"); process.exit(4);`);
  await host.merge(mergeOf(town, repository.url, { head, gate: failing, fence: 9 }));
  expect(await town.last(9)).toMatchObject({
    ...{ kind: "rejected", code: "gate_failed", outputTail: "one\n2 tests failed\n" },
    message: expect.stringMatching(/^The gate exited with code 4: .*\. It said last: 2 tests failed$/s),
  });
  const hanging = agent(`${unlessWorkIsThere} setInterval(() => {}, 1000);`);
  await host.merge(mergeOf(town, repository.url, { head, gate: hanging, fence: 10, maxGateMs: 3_000 }));
  expect(await town.last(10)).toMatchObject({
    kind: "rejected",
    code: "gate_failed",
    message: expect.stringMatching(/longer/),
  });
  await host.merge(mergeOf(town, repository.url, { head, gate: ["no-such-gate"], fence: 11 }));
  expect(await town.last(11)).toMatchObject({ kind: "failed", failure: "rig_trouble", code: "gate_missing" });
  expect(repository.head()).toBe(main);
});

test("a merge repeated, at once or later or with a newer fence, lands once", async () => {
  const { repository, town, host } = await scene();
  const head = repository.push("town/fix-it/1", "origin/main", { "a.txt": "a" });
  repository.push("main", "origin/main", { "b.txt": "b" });
  const request = mergeOf(town, repository.url, { head });
  const answers = await Promise.all(Array.from({ length: 20 }, () => host.merge(request)));
  expect(answers.filter((answer) => answer.status === 202)).toHaveLength(1);
  expect(new Set(answers.map((answer) => answer.text)).size).toBe(1);
  const landed = await town.last(9);
  await until(() => repository.branches().join() === "main");
  expect((await host.merge(request)).status).toBe(200);
  expect((await host.merge({ ...request, fence: 8 })).body.code).toBe("fenced");
  await host.merge(mergeOf(town, repository.url, { head, fence: 10 }));
  expect(await town.last(10)).toMatchObject({ kind: "landed", head: landed.kind === "landed" && landed.head });
  expect(repository.count()).toBe(3);
  expect(town.of(9).filter((report) => report.kind === "landed")).toHaveLength(1);
});

test("a branch that no longer points to the head is sent back: the work is done again", async () => {
  const { repository, town, host } = await scene();
  const head = repository.push("town/fix-it/1", "origin/main", { "a.txt": "a" });
  repository.push("town/fix-it/1", head, { "sneaked-in.txt": "x" });
  await host.merge(mergeOf(town, repository.url, { head }));
  expect(await town.last(9)).toMatchObject({
    kind: "rejected",
    code: "conflict",
    message: expect.stringMatching(/at /),
  });
  expect(repository.count()).toBe(1);
});

test("landings of one rig go one after the other, and all of them land", async () => {
  const { repository, town, host } = await scene();
  const journal = join(temporaryFolder(), "journal");
  const gate = agent(`
    fs.appendFileSync(${JSON.stringify(journal)}, "begin\\n");
    setTimeout(() => fs.appendFileSync(${JSON.stringify(journal)}, "end\\n"), 100);`);
  for (const fence of [11, 12, 13]) {
    const bead = `bead-${fence}`;
    const branch = `town/${bead}/1`;
    const head = repository.push(branch, "origin/main", { [`${bead}.txt`]: bead });
    await host.merge(mergeOf(town, repository.url, { bead, branch, head, fence, gate }));
  }
  for (const fence of [11, 12, 13]) expect(await town.last(fence)).toMatchObject({ kind: "landed" });
  expect(repository.count()).toBe(4);
  expect(linesOf(journal)).toEqual(["begin", "end", "begin", "end", "begin", "end"]);
});

test("somebody else's push during the gate makes the landing start over on top of it", async () => {
  const { repository, town, host } = await scene();
  const head = repository.push("town/fix-it/1", "origin/main", { "a.txt": "a" });
  const [folder, marker] = [temporaryFolder(), join(temporaryFolder(), "pushed")];
  git(folder, "clone", "--quiet", repository.url, "theirs");
  const gate = agent(`
    if (fs.existsSync(${JSON.stringify(marker)})) process.exit(0);
    fs.writeFileSync(${JSON.stringify(marker)}, "");
    const git = (...args) => require("node:child_process").execFileSync("git", args, { cwd: ${JSON.stringify(join(folder, "theirs"))} });
    git("commit", "--quiet", "--allow-empty", "-m", "theirs"); git("push", "--quiet", "origin", "HEAD:main");`);
  await host.merge(mergeOf(town, repository.url, { head, gate }));
  expect(await town.last(9)).toMatchObject({ kind: "landed" });
  expect(git(repository.url, "log", "--format=%s", "main")).toBe("change\ntheirs\nstart");
});

test("empty commits do not land, and work that is there already lands as what is there", async () => {
  const { repository, town, host } = await scene();
  const withWork = repository.push("town/fix-it/1", "origin/main", { "a.txt": "a" }, "work");
  const head = repository.push("town/fix-it/1", withWork, {}, "empty");
  await host.merge(mergeOf(town, repository.url, { head }));
  expect(await town.last(9)).toMatchObject({ kind: "landed" });
  expect(git(repository.url, "log", "--format=%s", "main")).toBe("work\nstart");
  const main = repository.head();
  const again = { bead: "again", branch: "town/again/1" };
  const same = repository.push(again.branch, "origin/main~1", { "a.txt": "a" }, "the same work");
  await host.merge(mergeOf(town, repository.url, { ...again, head: same, fence: 10 }));
  expect(await town.last(10)).toMatchObject({ kind: "landed", head: main });
  expect(repository.head()).toBe(main);
});

test("a remote that will not have the push is reported, not tried for ever", async () => {
  const { repository, town, host } = await scene();
  const head = repository.push("town/fix-it/1", "origin/main", { "a.txt": "a" });
  const hook = join(repository.url, "hooks", "pre-receive");
  writeFileSync(hook, "#!/bin/sh\necho protected branch >&2\nexit 1\n");
  chmodSync(hook, 0o755);
  await host.merge(mergeOf(town, repository.url, { head }));
  const last = await town.last(9);
  expect(last).toMatchObject({
    kind: "failed",
    failure: "rig_trouble",
    message: expect.stringContaining("protected branch"),
  });
});

test("a landing that is fenced before its push pushes nothing", async () => {
  const { repository, town, host } = await scene();
  const head = repository.push("town/fix-it/1", "origin/main", { "a.txt": "a" });
  const main = repository.head();
  const marker = join(temporaryFolder(), "gate-ran");
  town.judge = () => (existsSync(marker) ? "fenced" : "ok");
  const gate = agent(`fs.writeFileSync(${JSON.stringify(marker)}, "");`);
  const request = mergeOf(town, repository.url, { head, gate });
  await host.merge({ ...request, reporting: { ...request.reporting, heartbeatMs: 60_000, leaseMs: 90_000 } });
  await until(() => existsSync(marker) && town.of(9).length === 2);
  await until(() => !existsSync(join(host.state, "land/demo/shop/fix-it-9")));
  expect(repository.head()).toBe(main);
});

test("a landing takes no pending for a yes", async () => {
  const { repository, town, host } = await scene();
  const head = repository.push("town/fix-it/1", "origin/main", { "a.txt": "a" });
  let beats = 0;
  town.judge = (report) => (report.kind === "heartbeat" && beats++ > 0 && beats < 6 ? "pending" : "ok");
  const request = mergeOf(town, repository.url, { head });
  await host.merge({ ...request, reporting: { ...request.reporting, heartbeatMs: 60_000, leaseMs: 90_000 } });
  expect(await town.last(9)).toMatchObject({ kind: "landed" });
  expect(town.of(9).filter((report) => report.kind === "heartbeat")).toHaveLength(6);
});

test("a start with a newer fence ends the landing of its bead", async () => {
  const { repository, town, host } = await scene();
  const head = repository.push("town/fix-it/1", "origin/main", { "a.txt": "a" });
  const marker = join(temporaryFolder(), "gate-ran");
  const gate = agent(`fs.writeFileSync(${JSON.stringify(marker)}, ""); setInterval(() => {}, 1000);`);
  await host.merge(mergeOf(town, repository.url, { head, gate }));
  await until(() => existsSync(marker));
  expect((await host.start(startOf(town, repository.url, { fence: 9 }))).body.code).toBe("fenced");
  expect((await host.start(startOf(town, repository.url, { fence: 10 }))).status).toBe(202);
  expect(await town.last(10)).toMatchObject({ kind: "finished" });
  expect(town.of(9).every(isSignOfLife)).toBe(true);
  expect(repository.count()).toBe(1);
});

test("a branch that the remote does not have yet begins at another, and lands there as a whole", async () => {
  const { repository, town, host } = await scene();
  const rig = { id: "shop", repoUrl: repository.url, defaultBranch: "feature/ship", forkOf: "main" };
  await host.start({ ...startOf(town, repository.url), rig });
  const finished = await town.last(1);
  if (finished.kind !== "finished") throw new Error("the run did not finish");
  const before = repository.head();
  await host.merge({ ...mergeOf(town, repository.url, { head: finished.head }), rig });
  const landed = await town.last(9);
  if (landed.kind !== "landed") throw new Error("it did not land");
  expect(repository.head()).toBe(before);
  expect(git(repository.url, "rev-parse", "feature/ship")).toBe(landed.head);
  repository.push("main", "origin/main", { "other.txt": "meanwhile" }, "meanwhile");
  await host.merge(mergeOf(town, repository.url, { fence: 12, branch: "feature/ship", head: landed.head }));
  expect(await town.last(12)).toMatchObject({ kind: "landed", head: repository.head() });
  expect(git(repository.url, "log", "--format=%s", "main")).toBe("Fix it\nmeanwhile\nstart");
});

test("conflicts that were settled by a merge land as they are", async () => {
  const { repository, town, host } = await scene();
  repository.push("feature/ship", "origin/main", { "README.md": "mine\n" }, "mine");
  repository.push("main", "origin/main", { "README.md": "yours\n" }, "yours");
  const merge = agent(`
    const git = (...args) => require("node:child_process").spawnSync("git", args, { stdio: "inherit" });
    git("merge", "--no-edit", "origin/feature/ship");
    fs.writeFileSync("README.md", "ours\\n");
    git("commit", "-qam", "settled");`);
  await host.start(startOf(town, repository.url, { command: merge }));
  const finished = await town.last(1);
  if (finished.kind !== "finished") throw new Error("the run did not finish");
  await host.merge(mergeOf(town, repository.url, { head: finished.head }));
  expect(await town.last(9)).toMatchObject({ kind: "landed", head: finished.head });
  expect(git(repository.url, "show", "main:README.md")).toBe("ours");
});
