/** Remotes that say no, in a real town with a real host: what a person sees, and what mends it. */
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { git, makeRepository } from "../host/support.ts";
import { temporary, until } from "./support.ts";
import { boot, PATIENCE_MS } from "./town.ts";

type Item = { kind: string; severity: string; what: string; hint: string; verb: { method: string; path: string } };

/** A town with one agent, whose program says each time that it ran, and one bead. */
async function aTown(repoUrl: string) {
  const place = await boot();
  const { api } = place.services;
  const journal = join(temporary(), "runs");
  writeFileSync(journal, "");
  const program = `echo ran >>${journal}; cat >prompt.txt; cp prompt.txt work.txt`;
  await api.createTown({ name: "town", settings: { backoffBaseMs: 100, backoffCapMs: 500 } });
  await api.addRig("town", { id: "app", repoUrl });
  await api.addAgent("town", { id: "ada", rig: "app", command: ["sh", "-c", program] });
  await api.createBeads("town", [{ rig: "app", title: "one" }]);
  const bead = async () => (await api.beads("town"))[0];
  const attention = async () => (await api.of("town").get("/attention", {})).items as Item[];
  /** The one thing that waits for a person, once work waits for it: what a look finds before is a warning. */
  const item = async () => {
    await until(async () => (await attention()).some(({ severity }) => severity === "critical"), PATIENCE_MS);
    const items = await attention();
    expect(items).toHaveLength(1);
    return items[0] as Item;
  };
  const runs = () => readFileSync(journal, "utf8").split("\n").length - 1;
  const mended = () => api.of("town").post("/rigs/{rig}/landings/retry", { rig: "app" });
  const closed = () => until(async () => (await bead())?.status === "closed", PATIENCE_MS);
  return { bead, item, runs, mended, closed };
}

function judge(url: string, script: string): void {
  const hook = join(url, "hooks", "update");
  writeFileSync(hook, `#!/bin/sh\nref=$1 new=$3\n${script}\nexit 0\n`);
  chmodSync(hook, 0o755);
}

test("a protected main: one item with the remote's words, no run again, and it lands once that is mended", async () => {
  const { url } = makeRepository();
  judge(
    url,
    `test $ref = refs/heads/main && { echo "GitLab: You are not allowed to push code to protected branches on this project." >&2; exit 1; }`,
  );
  const { bead, item, runs, mended, closed } = await aTown(url);
  expect(await item()).toMatchObject({
    kind: "rig_trouble",
    what: expect.stringMatching(
      /^landings of rig app wait: The remote takes no push to main \(protected\): GitLab: You are not allowed/,
    ),
    verb: { method: "POST", path: "/v1/towns/town/rigs/app/landings/retry" },
    command: "npm run town -- rig retry app",
  });
  expect(await bead()).toMatchObject({ status: "in_review" });
  judge(url, "");
  await mended();
  await closed();
  expect(runs()).toBe(1);
});

test("a main that is checked out: the item has the one command that mends it", async () => {
  const clone = join(makeRepository().url, "../clone");
  git(clone, "checkout", "--quiet", "-B", "main", "origin/main");
  const { item, runs, mended, closed } = await aTown(clone);
  const { what, hint } = await item();
  expect(what).toContain("(checked_out)");
  const command = /git -C \S+ config receive\.denyCurrentBranch updateInstead/.exec(hint)?.[0] ?? "";
  git("/", ...command.split(" ").slice(1));
  await mended();
  await closed();
  expect(runs()).toBe(1);
  expect(readFileSync(join(clone, "work.txt"), "utf8")).toContain("one");
});

test("a branch that nobody takes: its run is paid once, and pushed when the right is there", async () => {
  const { url } = makeRepository();
  judge(
    url,
    `case $ref in refs/heads/town/*) echo "ERROR: Permission to you/app.git denied to me." >&2; exit 1;; esac`,
  );
  const { item, runs, mended, closed } = await aTown(url);
  expect((await item()).what).toMatch(
    /^runs of rig app wait: The remote takes no push to town\/app-1\/1 \(no_right\): ERROR: Permission to/,
  );
  judge(url, "");
  await mended();
  await closed();
  expect(runs()).toBe(1);
});

test("content that is declined: the next agent reads the remote's words, and mends it", async () => {
  const { url } = makeRepository();
  judge(
    url,
    `git show $new:prompt.txt 2>/dev/null | grep -q "GH001" || case $ref in refs/heads/town/*) echo "error: GH001: Large files detected." >&2; exit 1;; esac`,
  );
  const { bead, runs, closed } = await aTown(url);
  await closed();
  expect(runs()).toBe(2);
  expect(git(url, "show", "main:prompt.txt")).toContain(
    "[declined] The remote declined what is in the branch (too_large). It said:\nerror: GH001: Large files detected.",
  );
  expect(await bead()).toMatchObject({ status: "closed" });
});
