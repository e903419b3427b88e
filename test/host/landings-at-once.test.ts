/** Landings of one rig whose gates run side by side, each on what the one before it has made ready; they land in their order. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { MergeRequest } from "../../src/protocol/merges.ts";
import { isSignOfLife } from "../../src/protocol/reports.ts";
import {
  agent,
  git,
  haveWitness,
  isAlive,
  linesOf,
  makeHost,
  makeRepository,
  makeTown,
  mergeOf,
  spawnHost,
  temporaryFolder,
  until,
} from "./support.ts";

type Change = Partial<MergeRequest> & { files?: Record<string, string> };

async function scene(host?: { merge: (request: MergeRequest) => Promise<unknown> }) {
  const [repository, town, folder] = [makeRepository(), await makeTown(), temporaryFolder()];
  const here = host ?? (await makeHost());
  const journal = join(folder, "journal");
  /**
   * A gate that writes down what it is run on, and then does as its script says: `met(...)` waits for the gates of others to have begun,
   * `has(bead)` says whether that bead's work is in what is tested.
   */
  const gate = (script: string) =>
    agent(`
      const bead = process.env.TOWN_BEAD;
      const at = (name) => require("node:child_process").spawnSync("git", ["rev-parse", "--verify", "--quiet", name], { encoding: "utf8" }).stdout.trim() || "none";
      const note = (what) => fs.appendFileSync(${JSON.stringify(journal)}, [bead, what, at("HEAD"), at("HEAD^"), at("origin/main"), process.pid].join(" ") + "\\n");
      const has = (other) => fs.existsSync(other + ".txt");
      const begun = () => new Set(fs.readFileSync(${JSON.stringify(journal)}, "utf8").split("\\n").map((line) => line.split(" ")[0]));
      const met = async (...others) => {
        for (const end = Date.now() + 12_000; !others.every((other) => begun().has(other)); ) {
          if (Date.now() > end) { console.log("met nobody"); process.exit(9); }
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      };
      const hang = () => new Promise((resolve) => setTimeout(resolve, 60_000));
      (async () => { note("begins"); ${script}; note("ends"); })();`);
  const land = async (bead: string, fence: number, script: string, { files, ...change }: Change = {}) => {
    const branch = `town/${bead}/1`;
    const head = repository.push(branch, "origin/main", files ?? { [`${bead}.txt`]: bead }, bead);
    const request = { bead, branch, head, fence, gate: gate(script), landingsAtOnce: 3, maxGateMs: 30_000, ...change };
    await here.merge(mergeOf(town, repository.url, request));
    await until(() => town.of(fence).length > 0);
  };
  const tried = () => linesOf(journal).map((line) => line.split(" "));
  /** On which commits a bead's gate has run from its begin to its end. */
  const passed = (bead: string) =>
    tried().flatMap(([who, what, head]) => (who === bead && what === "ends" ? [head] : []));
  const log = (format = "%s") => git(repository.url, "log", "--reverse", `--format=${format}`, "main").split("\n");
  /** Each commit that landed is one that its own gate has passed, on the commit that it came onto. */
  const isAllTested = () => {
    const landed = log("%s %H %P").map((line) => line.split(" "));
    for (const [bead = "", commit, parent] of landed.slice(1)) {
      if (bead === "theirs") continue;
      const run = tried().find(([who, what, head]) => who === bead && what === "ends" && head === commit);
      expect(run, bead).toBeDefined();
      expect(run?.slice(3, 5), bead).toEqual([parent, parent]);
    }
  };
  return { repository, town, host: here, land, tried, passed, log, isAllTested };
}

test.each([2, 3])(
  "%i landings run their gates side by side, and what lands is what was tested, in their order",
  async (many) => {
    const { repository, town, land, log, passed, isAllTested } = await scene();
    const beads = ["a", "b", "c"].slice(0, many);
    for (const [index, bead] of beads.entries())
      await land(bead, 11 + index, `await met(${beads.map((each) => `"${each}"`)})`);
    for (const [index, bead] of beads.entries()) {
      expect(await town.last(11 + index)).toMatchObject({ kind: "landed", head: passed(bead)[0] });
      expect(passed(bead)).toHaveLength(1);
    }
    expect(log()).toEqual(["start", ...beads]);
    expect(repository.head()).toBe(passed(beads.at(-1) ?? "")[0]);
    isAllTested();
  },
);

test("no more of them are under way than the rig allows, and where one ahead allows one, that one is alone", async () => {
  const { repository, town, land, tried, log } = await scene();
  repository.push("side", "origin/main", { "side.txt": "side" }, "side");
  const rig = { id: "shop", repoUrl: repository.url, defaultBranch: "side" };
  const short = "await new Promise((resolve) => setTimeout(resolve, 300))";
  await land("a", 11, `await met("b"); ${short}`, { landingsAtOnce: 2 });
  await land("b", 12, `await met("a"); ${short}`, { landingsAtOnce: 2 });
  await land("c", 13, short, { landingsAtOnce: 2 });
  await land("d", 14, short, { landingsAtOnce: 1 });
  await land("e", 15, short, { landingsAtOnce: 8, rig });
  for (const fence of [11, 12, 13, 14, 15]) expect(await town.last(fence)).toMatchObject({ kind: "landed" });
  expect(log()).toEqual(["start", "a", "b", "c", "d"]);
  let under = new Set<string>();
  for (const [bead = "", what] of tried()) {
    under = what === "begins" ? under.add(bead) : new Set([...under].filter((each) => each !== bead));
    expect(under.size).toBeLessThanOrEqual(2);
    if (under.has("d")) expect(under.size).toBe(1);
  }
});

test("one whose gate fails comes back, and those behind it start over at once from where the default branch is", async () => {
  const { town, land, log, tried, passed, isAllTested } = await scene();
  await land("a", 11, `if (has("a")) { await met("b", "c"); process.exit(1); }`);
  await land("b", 12, `if (has("a")) await hang()`);
  await land("c", 13, `if (has("a")) await hang()`);
  expect(await town.last(11)).toMatchObject({ kind: "rejected", code: "gate_failed" });
  for (const fence of [12, 13]) expect(await town.last(fence)).toMatchObject({ kind: "landed" });
  expect(log()).toEqual(["start", "b", "c"]);
  expect([passed("b").length, passed("c").length]).toEqual([1, 1]);
  const pids = tried().map((line) => Number(line[5]));
  await until(() => !pids.some(isAlive));
  isAllTested();
});

test("what a landing is at is told to its town: why it waits, though its gate has passed", async () => {
  const { town, land, log } = await scene();
  const go = join(temporaryFolder(), "go");
  const told = (fence: number) =>
    town.of(fence).flatMap((report) => (report.kind === "progress" ? report.message : []));
  await land(
    "a",
    11,
    `if (has("a")) { while (!fs.existsSync(${JSON.stringify(go)})) await new Promise((resolve) => setTimeout(resolve, 20)); process.exit(1); }`,
  );
  await land("b", 12, "");
  await until(() => told(12).includes("its gate passed; it waits for the landing before it"));
  expect(told(11)[0]).toMatch(/^its gate runs, on main at [0-9a-f]{12}$/);
  writeFileSync(go, "");
  expect(await town.last(11)).toMatchObject({ kind: "rejected" });
  expect(await town.last(12)).toMatchObject({ kind: "landed" });
  expect(log()).toEqual(["start", "b"]);
});

test("one that is called off leaves the others as they are: they go on without it", async () => {
  const { town, host, land, log, isAllTested } = await scene(await makeHost());
  await land("a", 11, `await hang()`);
  await land("b", 12, `if (has("a")) await hang()`);
  await until(() => town.of(12).length > 2);
  town.judge = ({ fence }) => (fence === 11 ? "fenced" : "ok");
  expect(await town.last(12)).toMatchObject({ kind: "landed" });
  expect(log()).toEqual(["start", "b"]);
  await haveWitness(town, host as Awaited<ReturnType<typeof makeHost>>);
  expect(town.of(11).every(isSignOfLife)).toBe(true);
  isAllTested();
});

test("somebody else's push meanwhile makes all of them start over on top of it, in their order", async () => {
  const { repository, town, land, log, passed, isAllTested } = await scene();
  const theirs = join(temporaryFolder(), "theirs");
  git(repository.url, "clone", "--quiet", repository.url, theirs);
  const push = `if (!fs.existsSync(${JSON.stringify(join(theirs, "pushed"))})) {
    const git = (...args) => require("node:child_process").execFileSync("git", args, { cwd: ${JSON.stringify(theirs)} });
    fs.writeFileSync(${JSON.stringify(join(theirs, "pushed"))}, "");
    git("-c", "user.name=t", "-c", "user.email=t@t", "commit", "--quiet", "--allow-empty", "-m", "theirs"); git("push", "--quiet", "origin", "HEAD:main"); }`;
  await land("a", 11, `await met("b"); ${push}`);
  await land("b", 12, `await met("a")`);
  for (const fence of [11, 12]) expect(await town.last(fence)).toMatchObject({ kind: "landed" });
  expect(log()).toEqual(["start", "theirs", "a", "b"]);
  expect(passed("a")).toHaveLength(2);
  isAllTested();
});

test("a gate that fails on top of what has not landed says nothing of the bead until that has", async () => {
  for (const firstPasses of [true, false]) {
    const { town, land, log, passed, isAllTested } = await scene();
    await land("a", 11, `await met("c"); ${firstPasses ? "" : `if (has("a")) process.exit(1)`}`);
    await land("b", 12, `if (has("b") && has("a")) process.exit(1)`);
    // The third does not wait for what becomes of the second, whose gate has failed.
    await land("c", 13, `if (has("b") && has("a")) await hang()`);
    const last = await town.last(12);
    if (firstPasses) expect(last).toMatchObject({ kind: "rejected", code: "gate_failed" });
    else expect(last).toMatchObject({ kind: "landed" });
    expect(await town.last(11)).toMatchObject({ kind: firstPasses ? "landed" : "rejected" });
    expect(await town.last(13)).toMatchObject({ kind: "landed" });
    expect(log()).toEqual(["start", ...(firstPasses ? ["a"] : ["b"]), "c"]);
    if (firstPasses) expect(passed("c")).toHaveLength(1);
    isAllTested();
  }
});

test("a conflict with the one before counts if that one lands, and not if it does not", async () => {
  for (const firstPasses of [true, false]) {
    const { town, land, log, isAllTested } = await scene();
    await land("a", 11, `await met("c"); ${firstPasses ? "" : `if (has("a")) process.exit(1)`}`, {
      files: { "README.md": "a", "a.txt": "a" },
    });
    await land("b", 12, "", { files: { "README.md": "b" } });
    await land("c", 13, "");
    const last = await town.last(12);
    if (firstPasses)
      expect(last).toMatchObject({ kind: "rejected", code: "conflict", message: expect.stringContaining("README.md") });
    else expect(last).toMatchObject({ kind: "landed" });
    expect(await town.last(13)).toMatchObject({ kind: "landed" });
    expect(log()).toEqual(["start", ...(firstPasses ? ["a"] : ["b"]), "c"]);
    isAllTested();
  }
});

test("work that the one before lands as well has landed with it, and those behind go on meanwhile", async () => {
  const { repository, town, land, log, isAllTested } = await scene();
  await land("a", 11, `await met("c")`, { files: { "same.txt": "same" } });
  await land("b", 12, "", { files: { "same.txt": "same" } });
  await land("c", 13, `await met("a")`);
  expect(await town.last(11)).toMatchObject({ kind: "landed" });
  const last = await town.last(12);
  expect(last).toMatchObject({ kind: "landed" });
  expect(await town.last(13)).toMatchObject({ kind: "landed", head: repository.head() });
  expect(log()).toEqual(["start", "a", "c"]);
  isAllTested();
});

test("landings for different branches stand in one line, and none on what another made ready", async () => {
  const { repository, town, land, log } = await scene();
  repository.push("side", "origin/main", { "side.txt": "side" }, "side");
  const rig = { id: "shop", repoUrl: repository.url, defaultBranch: "side" };
  await land("a", 11, `await met("b", "c")`);
  await land("b", 12, `if (has("a")) process.exit(1); await met("a")`, { rig });
  await land("c", 13, `if (has("side") || !has("a")) process.exit(1)`);
  for (const fence of [11, 12, 13]) expect(await town.last(fence)).toMatchObject({ kind: "landed" });
  expect(log()).toEqual(["start", "a", "c"]);
  expect(git(repository.url, "log", "--reverse", "--format=%s", "side").split("\n")).toEqual(["start", "side", "b"]);
});

test("leases go on in line: one that waits longer than its lease for the one before it lands all the same", async () => {
  const { town, land, log, isAllTested } = await scene();
  const reporting = (fence: number) => ({
    url: town.url,
    token: `run-token-${fence}`,
    heartbeatMs: 100,
    leaseMs: 1_500,
  });
  const slow = `await met("b"); await new Promise((resolve) => setTimeout(resolve, 3_000))`;
  await land("a", 11, slow, { reporting: reporting(11) });
  await land("b", 12, "", { reporting: reporting(12) });
  for (const fence of [11, 12]) expect(await town.last(fence)).toMatchObject({ kind: "landed" });
  expect(log()).toEqual(["start", "a", "b"]);
  isAllTested();
});

test("a host that is killed in the midst of it drives each landing anew, and each lands once", async () => {
  const state = temporaryFolder();
  const first = await spawnHost(state);
  const { town, land, log, tried, isAllTested } = await scene(first);
  const marker = join(state, "again");
  const script = `if (!fs.existsSync(${JSON.stringify(marker)})) await hang()`;
  await land("a", 11, script);
  await land("b", 12, script);
  await until(() => tried().filter(([, what]) => what === "begins").length === 2);
  first.child.kill("SIGKILL");
  await first.exited;
  writeFileSync(marker, "");
  await spawnHost(state);
  for (const fence of [11, 12]) expect(await town.last(fence)).toMatchObject({ kind: "landed" });
  expect(new Set(log())).toEqual(new Set(["start", "a", "b"]));
  expect(log()).toHaveLength(3);
  isAllTested();
});
