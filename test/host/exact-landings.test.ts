/** What lands is an attempt's own work, all of it and nothing else, and it has been through the gate. */
import { join } from "node:path";
import { expect, test } from "vitest";
import type { MergeRequest } from "../../src/protocol/merges.ts";
import { agent, git, makeHost, makeRepository, makeTown, mergeOf, startOf, temporaryFolder } from "./support.ts";

const shell = (script: string) => ["sh", "-ec", script];
const failing = agent("process.exit(1);");
const passing = agent("");

async function scene(options: { trailers?: boolean } = {}) {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost(options)];
  /** Runs an agent to its end: what it reported. */
  const run = async (script: string, fence = 1) => {
    await host.start(startOf(town, repository.url, { command: shell(script), fence }));
    const last = await town.last(fence);
    if (last.kind !== "finished") throw new Error(JSON.stringify(last));
    return last;
  };
  const land = async (change: Partial<MergeRequest> & { head: string }) => {
    const request = mergeOf(town, repository.url, change);
    await host.merge(request);
    return town.last(request.fence);
  };
  const log = (format = "%s", branch = "main") => git(repository.url, "log", `--format=${format}`, branch);
  return { repository, town, host, run, land, log };
}

const commit = (name: string) => `echo ${name} > ${name}; git add ${name}; git commit -qm 'Add ${name}'`;

test("each commit that lands says which bead and attempt it is of, under the trailers it has already", async () => {
  const { run, land, log } = await scene();
  const signed = `${commit("a")}; echo b > b; git add b; git commit -qm 'Add b' -m 'Signed-off-by: me <me@x>'; echo c > c`;
  const { head } = await run(signed);
  await land({ head });
  expect(log("%s|%(trailers:unfold,separator=%x2C)|")).toBe(
    [
      "Fix it|Bead: fix-it,Attempt: 1|",
      "Add b|Signed-off-by: me <me@x>,Bead: fix-it,Attempt: 1|",
      "Add a|Bead: fix-it,Attempt: 1|",
      "start||",
    ].join("\n"),
  );
});

test("a host can leave the trailers out", async () => {
  const { run, land, log } = await scene({ trailers: false });
  await land({ head: (await run(commit("a"))).head });
  expect(log("%B")).not.toMatch(/Bead:|Attempt:/);
});

test("a rig says for itself whether its commits have trailers, whatever its host does otherwise", async () => {
  for (const trailers of [true, false]) {
    const { repository, town, host, log } = await scene({ trailers: !trailers });
    const rig = { id: "shop", repoUrl: repository.url, defaultBranch: "main", trailers };
    await host.start(startOf(town, repository.url, { command: shell(commit("a")), rig }));
    const { head } = (await town.last(1)) as { head: string };
    await host.merge(mergeOf(town, repository.url, { head, rig }));
    expect(await town.last(9)).toMatchObject({ kind: "landed" });
    expect(/^Bead: fix-it\nAttempt: 1$/m.test(log("%B"))).toBe(trailers);
  }
});

test("no trailer is put on commits that are another's: merged, pulled, or there before", async () => {
  const { repository, run, log } = await scene();
  repository.push("feature/ship", "origin/main", { "ship.txt": "ship" }, "ship");
  const { base } = await run(`git merge -q --no-edit origin/feature/ship; ${commit("a")}`);
  expect(log("%s|%(trailers:key=Attempt,valueonly,separator=%x2C)|", "town/fix-it/1").split("\n")).toEqual(
    expect.arrayContaining(["Add a|1|", "ship||", "start||"]),
  );
  expect(base).toBe(repository.head());
});

test("what was removed from main while an agent worked on it stays removed, whether main went on or only back", async () => {
  for (const goesOn of [true, false]) {
    const { repository, run, land, log } = await scene();
    const start = repository.head();
    const removed = repository.push("main", "origin/main", { "secret.txt": "s" }, "secret");
    const { head, base } = await run(commit("a"));
    expect(base).toBe(removed);
    git(repository.url, "update-ref", "refs/heads/main", start);
    if (goesOn) repository.push("main", start, { "b.txt": "b" }, "another way");
    const landed = await land({ head, ...(base && { base }) });
    expect(landed).toMatchObject({ kind: "landed", note: expect.stringMatching(/what was removed stays removed/) });
    expect(log()).toBe(goesOn ? "Add a\nanother way\nstart" : "Add a\nstart");
  }
});

test("an agent that brings itself up to date begins there, and lands nothing twice", async () => {
  const { repository, run, land, log } = await scene();
  const elsewhere = join(temporaryFolder(), "clone");
  const push = `git clone -q "$(git config remote.origin.url)" ${elsewhere}; (cd ${elsewhere}; ${commit("b")}; git push -q origin HEAD:main)`;
  const { head, base } = await run(`${push}; git pull -q origin main; ${commit("a")}`);
  expect(base).toBe(repository.head());
  repository.push("main", "origin/main", { b: "changed" }, "change b");
  expect(await land({ head, ...(base && { base }) })).toMatchObject({ kind: "landed" });
  expect(log()).toBe("Add a\nchange b\nAdd b\nstart");
});

test("what is pushed is what the gate saw, whatever the gate does to its files, its refs and its configuration", async () => {
  const { repository, run, land } = await scene();
  const { head } = await run(commit("a"));
  const gate = shell(`
    test "$(git rev-parse HEAD)" = ${head}; test -z "$(git status --porcelain)"
    echo evil > a; ${commit("evil")}; git update-ref refs/heads/main HEAD; git reset -q --hard HEAD
    git config url./nowhere/.insteadOf "$(git config remote.origin.url)"; git config core.bare true; rm -rf .git`);
  expect(await land({ head, gate })).toMatchObject({ kind: "landed", head });
  expect(repository.head()).toBe(head);
});

test("an agent that pushes to main itself gets nowhere with a gate that fails: the bead is for a person", async () => {
  const { repository, run, land } = await scene();
  const { head } = await run(`${commit("a")}; git push -q origin HEAD:main`);
  const last = await land({ head, gate: failing });
  expect(last).toMatchObject({ kind: "rejected", code: "past_gate", message: expect.stringMatching(/past the gate/) });
  expect(repository.head()).toBe(head);
});

test("and with one that passes, it lands with a word on how it came there", async () => {
  const { run, land } = await scene();
  const { head } = await run(`${commit("a")}; git push -q origin HEAD:main`);
  expect(await land({ head, gate: passing })).toMatchObject({ kind: "landed", pastGate: true, head });
});

test("pushed by an address that nobody tracks, or rewritten on its way, it is found all the same", async () => {
  const { run, land, repository } = await scene();
  const { head } = await run(`${commit("a")}; git push -q "$(git config remote.origin.url)" HEAD:main`);
  expect(repository.head()).not.toBe(head);
  expect(await land({ head, gate: failing })).toMatchObject({ kind: "rejected", code: "past_gate" });
  expect(await land({ head, gate: passing, fence: 10 })).toMatchObject({ kind: "landed", pastGate: true });
});

test("two beads that come to the same change: the second has landed with the first, and is no one's push", async () => {
  const { repository, town, host, run, land } = await scene();
  const { head } = await run(commit("a"));
  const other = { bead: "other", agent: "bob", fence: 2, command: shell(commit("a")) };
  await host.start(startOf(town, repository.url, other));
  const second = await town.last(2);
  if (second.kind !== "finished") throw new Error(JSON.stringify(second));
  expect(await land({ head, gate: passing })).toMatchObject({ kind: "landed" });
  const same = { bead: "other", head: second.head, fence: 10, branch: "town/other/2" };
  const last = await land({ ...same, gate: passing });
  expect(last).toMatchObject({ kind: "landed" });
  expect(last).not.toHaveProperty("pastGate");
});

test("a landing whose report was lost with its host's disk has landed, and is no one's push", async () => {
  const { repository, town, run, land } = await scene();
  const { head } = await run(commit("a"));
  await land({ head, gate: passing });
  const other = await makeHost();
  await other.merge(mergeOf(town, repository.url, { head, gate: failing, fence: 10 }));
  const last = await town.last(10);
  expect(last).toMatchObject({ kind: "landed", head });
  expect(last).not.toHaveProperty("pastGate");
});
