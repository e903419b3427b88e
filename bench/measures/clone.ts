/**
 * What setting up an attempt costs on a large repository: time, disk and git processes, beside what hosts did formerly, a git worktree
 * of one repository that all agents shared.
 */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { collectWork } from "../../host/collect-work.ts";
import { gitIdentity } from "../../host/git.ts";
import { Rigs } from "../../host/rigs.ts";
import { type Workshop, Workshops } from "../../host/workshops.ts";

const TRIES = 3;
const FOLDERS = 500;

interface SetUp {
  /** Medians, as the number of processes is. */
  ms: number;
  /** On disk, beside what all attempts share. */
  mebibytes: number;
  processes: number;
}

export interface Clone {
  files: number;
  mebibytes: number;
  former: SetUp;
  clone: SetUp;
  /** From the agent's end to a commit in the host's hands: nothing committed, one file changed; and one commit. */
  collectMs: { files: number; commit: number };
  collectProcesses: { files: number; commit: number };
}

export async function measureClone(files: number): Promise<Clone> {
  const folder = mkdtempSync(join(tmpdir(), "townkeeper-bench-"));
  try {
    const [source, remote] = [join(folder, "source"), join(folder, "remote.git")];
    generate(source, remote, files);
    const [before, now] = [formerWay(folder, remote), await presentWay(folder, remote)];
    // One after the other, so that a busy disk is busy for both.
    const [former, clone] = await inTurns(folder, before, now);
    const collected = await now.collect();
    return { files, mebibytes: Math.round(mebibytesOf(source)), former, clone, ...collected };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function git(cwd: string, ...args: string[]): void {
  const env = { ...process.env, ...gitIdentity("bench", "bench") };
  execFileSync("git", args, { cwd, env, stdio: ["ignore", "ignore", "inherit"] });
}

/** Files of 20 KB, no two alike and none that could be made of another: 50,000 of them are a gigabyte, half of that packed. */
function generate(source: string, remote: string, files: number): void {
  mkdirSync(source, { recursive: true });
  git(source, "init", "--quiet", "--initial-branch=main");
  for (let i = 0; i < Math.min(FOLDERS, files); i++) mkdirSync(join(source, `folder-${i}`));
  for (let i = 0; i < files; i++) {
    const path = join(source, `folder-${i % FOLDERS}`, `file-${i}.txt`);
    writeFileSync(path, randomBytes(10_000).toString("hex").replaceAll(/.{80}/g, "$&\n"));
  }
  // Straight into one pack, which everything later is copied from as it is.
  git(source, "-c", "core.bigFileThreshold=1", "-c", "core.compression=1", "add", "--all");
  git(source, "commit", "--quiet", "--message", "files");
  git(source, "clone", "--quiet", "--bare", source, remote);
}

/** A way of setting up the i-th attempt, and what lies on the disk for all of them. */
interface Way {
  figures: { ms: number[]; processes: number[] };
  add(i: number): unknown;
  mebibytes(): number;
}

const noFigures = () => ({ ms: [], processes: [] });

/** What a host of before ran: these commands, in this order. */
function formerWay(folder: string, remote: string): Way {
  const [shared, trees] = [join(folder, "shared.git"), join(folder, "worktrees")];
  git(folder, "init", "--quiet", "--bare", shared);
  git(shared, "fetch", "--quiet", "--prune", "--no-tags", remote, "+refs/heads/*:refs/remotes/origin/*");
  mkdirSync(trees);
  const before = mebibytesOf(shared);
  return {
    figures: noFigures(),
    add(i) {
      const [path, branch] = [join(trees, `${i}`), `town/b-${i}/1`];
      git(shared, "show-ref", "--verify", "--quiet", "--", "refs/remotes/origin/main");
      git(shared, "rev-parse", "--verify", "refs/remotes/origin/main^{commit}");
      git(shared, "worktree", "prune", "--expire=now");
      git(shared, "worktree", "add", "--quiet", "--force", "-B", branch, "--", path, "refs/remotes/origin/main");
    },
    mebibytes: () => mebibytesOf(trees) + mebibytesOf(shared) - before,
  };
}

type Collected = Pick<Clone, "collectMs" | "collectProcesses">;

async function presentWay(folder: string, remote: string): Promise<Way & { collect(): Promise<Collected> }> {
  const state = join(folder, "state");
  const rigs = new Rigs(state);
  const workshops = new Workshops(state, rigs);
  const rig = { id: "rig", repoUrl: remote, defaultBranch: "main" };
  const { signal } = new AbortController();
  await rigs.fetch("town", rig, signal);
  const place = (fence: number) => ({ kind: "work", town: "town", rig, bead: "b", fence }) as const;
  const made: Workshop[] = [];
  const refresh = () => rigs.heads("town", rig);
  const collect = async (workshop: Workshop) => {
    const work = { workshop, title: "work", identity: gitIdentity("bench", "town"), refresh, signal };
    return measured(folder, () => collectWork(work));
  };
  return {
    figures: noFigures(),
    async add(i) {
      const heads = await refresh();
      const commit = heads.get("main") ?? "";
      const workshop = await workshops.open(place(i), { commit, base: commit }, heads, signal);
      await workshops.handOver(workshop, { commit, branch: `town/b/${i}` }, signal);
      made.push(workshop);
    },
    mebibytes: () => mebibytesOf(join(state, "work")) + mebibytesOf(join(state, "git")),
    async collect() {
      const [first, second] = made as [Workshop, Workshop];
      for (const { host } of [first, second]) writeFileSync(join(host.workTree, "new.txt"), "new");
      git(second.host.workTree, "add", "new.txt");
      git(second.host.workTree, "commit", "--quiet", "--message", "new");
      const [files, commit] = [await collect(first), await collect(second)];
      return {
        collectMs: { files: files.ms, commit: commit.ms },
        collectProcesses: { files: files.processes, commit: commit.processes },
      };
    },
  };
}

async function inTurns(folder: string, ...ways: [Way, Way]): Promise<[SetUp, SetUp]> {
  for (let i = 1; i <= TRIES; i++) {
    for (const { add, figures } of ways) {
      const { ms, processes } = await measured(folder, () => add(i));
      figures.ms.push(ms);
      figures.processes.push(processes);
    }
  }
  return ways.map(({ figures, mebibytes }) => ({
    ms: median(figures.ms),
    mebibytes: Math.round((mebibytes() / TRIES) * 10) / 10,
    processes: median(figures.processes),
  })) as [SetUp, SetUp];
}

async function measured(folder: string, step: () => unknown): Promise<{ ms: number; processes: number }> {
  const traces = begin(folder);
  const startedMs = performance.now();
  await step();
  return { ms: Math.round(performance.now() - startedMs), processes: end(traces) };
}

/**
 * From here on each git process, git's own children among them, leaves a file. The user's configuration says so, since the host
 * hands on no variable of git's that would.
 */
function begin(folder: string): string {
  const traces = mkdtempSync(join(folder, "traces-"));
  const config = `${traces}.config`;
  writeFileSync(config, `[trace2]\n\teventTarget = ${traces}\n`);
  process.env.GIT_CONFIG_GLOBAL = config;
  return traces;
}

/** @returns how many there were */
function end(traces: string): number {
  delete process.env.GIT_CONFIG_GLOBAL;
  const { length } = readdirSync(traces);
  if (length === 0) throw new Error("no git process was counted, and some ran");
  return length;
}

/** As it lies on the disk. */
function mebibytesOf(folder: string): number {
  let blocks = 0;
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    blocks += statSync(join(folder, name)).blocks;
  }
  return (blocks * 512) / 2 ** 20;
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
