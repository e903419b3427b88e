/** What a host makes of a remote that says no, and of a gate that can't pass: real git, real hooks, real processes. */
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
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
} from "./support.ts";

async function scene() {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  const journal = join(temporaryFolder(), "journal");
  /** An agent that leaves one file, and a line in the journal for each time that it ran. */
  const works = agent(`
    fs.appendFileSync(${JSON.stringify(journal)}, "ran\\n");
    fs.writeFileSync("work.txt", "done\\n");`);
  /** The remote judges each push by this script: $1 is the ref, $2 the commit. */
  const judge = (script: string) => {
    const hook = join(repository.url, "hooks", "update");
    writeFileSync(hook, `#!/bin/sh\nshift_old() { :; }\nref=$1 new=$3\n${script}\nexit 0\n`);
    chmodSync(hook, 0o755);
  };
  const runs = () => (existsSync(journal) ? linesOf(journal).length : 0);
  const start = async (fence: number, more: Parameters<typeof startOf>[2] = {}) => {
    await host.start(startOf(town, repository.url, { fence, command: works, ...more }));
    return await town.last(fence);
  };
  const merge = async (fence: number, more: Partial<Parameters<typeof mergeOf>[2]> & { head: string }) => {
    await host.merge(mergeOf(town, repository.url, { fence, ...more }));
    return await town.last(fence);
  };
  return { repository, town, host, judge, runs, start, merge };
}

const noGrants = `case $ref in refs/heads/town/*) echo "GitLab: You are not allowed to push code to this project." >&2; exit 1;; esac`;

test("work that was done is pushed by the next try, and no agent runs for it again", async () => {
  const { repository, judge, runs, start } = await scene();
  judge(noGrants);
  for (const fence of [1, 2, 3])
    expect(await start(fence)).toMatchObject({
      kind: "failed",
      failure: "rig_trouble",
      code: "no_right",
      message: expect.stringContaining("not allowed to push code to this project"),
    });
  expect(runs()).toBe(1);
  judge("");
  const last = await start(4);
  expect(last).toMatchObject({ kind: "finished", outputTail: expect.stringContaining("No agent ran") });
  expect(runs()).toBe(1);
  expect(repository.head("town/fix-it/4")).toBe(last.kind === "finished" && last.head);
  expect(repository.file("work.txt", "town/fix-it/4")).toBe("done");
  await start(5);
  expect(runs()).toBe(2);
});

test("another prompt is other work: what was held for the former is not taken for it", async () => {
  const { judge, runs, start } = await scene();
  judge(noGrants);
  await start(1, { prompt: "Do this." });
  judge("");
  expect(await start(2, { prompt: "Do that." })).toMatchObject({ kind: "finished" });
  expect(runs()).toBe(2);
});

test("where the town says that branches were declined, the remote is asked before the agent runs", async () => {
  const { judge, runs, start, repository } = await scene();
  judge(noGrants);
  expect(await start(1, { pushFirst: true })).toMatchObject({ failure: "rig_trouble", code: "no_right" });
  expect(runs()).toBe(0);
  judge("");
  expect(await start(2, { pushFirst: true })).toMatchObject({ kind: "finished" });
  expect(runs()).toBe(1);
  expect(repository.branches()).toContain("town/fix-it/2");
});

test("content that is declined is the run's own failure, with the remote's words and none of ours", async () => {
  const { judge, start } = await scene();
  judge(`if git cat-file -e $new:work.txt 2>/dev/null; then
    echo "error: GH001: Large files detected." >&2; echo "File work.txt is 123.00 MB; this exceeds GitHub's file size limit of 100.00 MB" >&2; exit 1; fi`);
  const last = await start(1);
  expect(last).toMatchObject({ kind: "failed", failure: "agent_failed", code: "declined" });
  expect(last.kind === "failed" && last.message).toBe(
    "The remote declined what is in the branch (too_large). It said:\nerror: GH001: Large files detected.\nFile work.txt is 123.00 MB; this exceeds GitHub's file size limit of 100.00 MB",
  );
});

test.each([
  [
    "what is in the work",
    `git cat-file -e $new:work.txt 2>/dev/null && { echo "computer says no" >&2; exit 1; }`,
    "agent_failed",
  ],
  [
    "every branch of attempts",
    `case $ref in refs/heads/town/*) echo "computer says no" >&2; exit 1;; esac`,
    "rig_trouble",
  ],
])("of a no in riddles it finds out whether it is about %s", async (_what, script, failure) => {
  const { judge, start } = await scene();
  judge(script);
  expect(await start(1)).toMatchObject({
    kind: "failed",
    failure,
    code: "declined",
    message: expect.stringContaining("computer says no"),
  });
});

test.each([
  [
    "what is in the work",
    `git cat-file -e $new:a.txt 2>/dev/null && { echo "computer says no" >&2; exit 1; }`,
    { kind: "rejected", code: "declined" },
  ],
  [
    "the branch it is to land on",
    `test $ref = refs/heads/main && { echo "computer says no" >&2; exit 1; }`,
    { kind: "failed", failure: "rig_trouble" },
  ],
  ["everything", `echo "computer says no" >&2; exit 1`, { kind: "failed", failure: "rig_trouble" }],
])("of a landing's no in riddles it finds out whether it is about %s", async (_what, script, outcome) => {
  const { repository, judge, merge } = await scene();
  const head = repository.push("town/fix-it/1", "origin/main", { "a.txt": "a" });
  repository.push("main", "origin/main", { "b.txt": "b" });
  judge(script);
  expect(await merge(9, { head })).toMatchObject({ ...outcome, message: expect.stringContaining("computer says no") });
  expect(repository.branches()).toEqual(["main", "town/fix-it/1"]);
});

test("a protected main is the rig's trouble, a secret in the work the bead's", async () => {
  const { repository, judge, merge } = await scene();
  const head = repository.push("town/fix-it/1", "origin/main", { "a.txt": "a" });
  judge(`echo "GitLab: You are not allowed to push code to protected branches on this project." >&2; exit 1`);
  expect(await merge(9, { head })).toMatchObject({
    failure: "rig_trouble",
    code: "protected",
    message: expect.stringMatching(
      /^The remote takes no push to main \(protected\): GitLab: You are not allowed[\s\S]*defaultBranch/,
    ),
  });
  judge(
    `echo "error: GH013: Repository rule violations found for refs/heads/main." >&2; echo "- Push cannot contain secrets" >&2; exit 1`,
  );
  expect(await merge(10, { head })).toMatchObject({
    kind: "rejected",
    code: "declined",
    message: expect.stringContaining("secrets"),
  });
});

test("a main that is checked out comes with the command that mends it, and lands after it", async () => {
  const { town, host } = await scene();
  const work = makeRepository();
  const checkedOut = join(work.url, "../clone");
  git(checkedOut, "checkout", "--quiet", "-B", "main", "origin/main");
  writeFileSync(join(checkedOut, "a.txt"), "a");
  git(checkedOut, "checkout", "--quiet", "-b", "town/fix-it/1");
  git(checkedOut, "add", "a.txt");
  git(checkedOut, "commit", "--quiet", "-m", "a");
  const head = git(checkedOut, "rev-parse", "HEAD");
  git(checkedOut, "checkout", "--quiet", "main");
  await host.merge(mergeOf(town, checkedOut, { head }));
  const last = await town.last(9);
  expect(last).toMatchObject({ failure: "rig_trouble", code: "checked_out" });
  const command = /git -C \S+ config receive\.denyCurrentBranch updateInstead/.exec(
    last.kind === "failed" ? last.message : "",
  )?.[0];
  git("/", ...(command ?? "").split(" ").slice(1));
  await host.merge(mergeOf(town, checkedOut, { head, fence: 10 }));
  expect(await town.last(10)).toMatchObject({ kind: "landed" });
  expect(readFileSync(join(checkedOut, "a.txt"), "utf8")).toBe("a");
});

test("a gate that fails on main as well is the rig's, and main is judged once", async () => {
  const { repository, merge } = await scene();
  const journal = join(temporaryFolder(), "gates");
  const gate = agent(
    `fs.appendFileSync(${JSON.stringify(journal)}, "gate\\n"); console.log("the linter is gone"); process.exit(3);`,
  );
  const head = repository.push("town/fix-it/1", "origin/main", { "a.txt": "a" });
  expect(await merge(9, { head, gate })).toMatchObject({
    kind: "failed",
    failure: "rig_trouble",
    code: "gate_broken",
    message: expect.stringContaining("it fails on main"),
    outputTail: expect.stringContaining("the linter is gone"),
  });
  expect(linesOf(journal)).toHaveLength(2);
  await merge(10, { head, gate });
  expect(linesOf(journal)).toHaveLength(3);
});

test("what mends the gate lands through it", async () => {
  const { repository, merge } = await scene();
  const gate = agent(`process.exit(fs.existsSync("fixed.txt") ? 0 : 3);`);
  const broken = repository.push("town/fix-it/1", "origin/main", { "a.txt": "a" });
  expect(await merge(9, { head: broken, gate })).toMatchObject({ code: "gate_broken" });
  // Of another bead: when one lands, all branches of it go.
  const fix = repository.push("town/mend/2", "origin/main", { "fixed.txt": "x" });
  const mends = { bead: "mend", head: fix, branch: "town/mend/2", gate };
  expect(await merge(10, mends)).toMatchObject({ kind: "landed" });
  expect(await merge(11, { head: broken, gate })).toMatchObject({ kind: "landed" });
});

test.each([127, 126])(
  "a gate whose command is missing (exit code %i) is missing on the host, unless the work took it away",
  async (code) => {
    const { repository, merge } = await scene();
    const head = repository.push("town/fix-it/1", "origin/main", { "a.txt": "a" });
    expect(await merge(9, { head, gate: agent(`process.exit(${code});`) })).toMatchObject({
      failure: "rig_trouble",
      code: "gate_missing",
    });
    const gate = agent(`process.exit(fs.existsSync("a.txt") ? ${code} : 0);`);
    expect(await merge(10, { head, gate })).toMatchObject({ kind: "rejected", code: "gate_failed" });
  },
);
