/**
 * What setting up an attempt costs on a large repository: time, disk and git processes, beside what hosts did formerly, a git worktree
 * of one repository that all agents shared.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { collectWork } from "../../host/collect-work.ts";
import { gitIdentity } from "../../host/git.ts";
import { Rigs } from "../../host/rigs.ts";
import { Workshops } from "../../host/workshops.ts";

const TRIES = 3;
const FOLDERS = 500;

interface SetUp {
  /** Medians. */
  ms: number;
  removeMs: number;
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
    const remote = join(folder, "remote.git");
    generate(join(folder, "source"), remote, files);
    const former = setUpFormerly(folder, remote);
    return {
      files,
      mebibytes: Math.round(mebibytesOf(join(folder, "source"))),
      former,
      ...(await setUp(folder, remote)),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function git(cwd: string, ...args: string[]): void {
  const env = { ...process.env, ...gitIdentity("bench", "bench") };
  execFileSync("git", args, { cwd, env, stdio: ["ignore", "ignore", "inherit"] });
}

/** Files of 20 KB, no two alike: 50,000 of them are about a gigabyte. */
function generate(source: string, remote: string, files: number): void {
  mkdirSync(source, { recursive: true });
  git(source, "init", "--quiet", "--initial-branch=main");
  for (let i = 0; i < Math.min(FOLDERS, files); i++) mkdirSync(join(source, `folder-${i}`));
  for (let i = 0; i < files; i++) {
    const path = join(source, `folder-${i % FOLDERS}`, `file-${i}.txt`);
    writeFileSync(path, `line ${i} of a file that a program wrote\n`.repeat(500));
  }
  git(source, "-c", "core.looseCompression=1", "add", "--all");
  git(source, "commit", "--quiet", "--message", "files");
  git(source, "clone", "--quiet", "--bare", source, remote);
}

/** What a host of before ran: these commands, in this order. */
function setUpFormerly(folder: string, remote: string): SetUp {
  const [shared, trees] = [join(folder, "shared.git"), join(folder, "worktrees")];
  git(folder, "init", "--quiet", "--bare", shared);
  git(shared, "fetch", "--quiet", "--prune", "--no-tags", remote, "+refs/heads/*:refs/remotes/origin/*");
  const add = (path: string, branch: string) => {
    git(shared, "show-ref", "--verify", "--quiet", "--", "refs/remotes/origin/main");
    git(shared, "rev-parse", "--verify", "refs/remotes/origin/main^{commit}");
    git(shared, "worktree", "prune", "--expire=now");
    git(shared, "worktree", "add", "--quiet", "--force", "-B", branch, "--", path, "refs/remotes/origin/main");
  };
  const drop = (path: string, branch: string) => {
    rmSync(path, { recursive: true });
    git(shared, "worktree", "prune", "--expire=now");
    git(shared, "update-ref", "-d", "--", `refs/heads/${branch}`);
  };
  const [ms, removeMs]: [number[], number[]] = [[], []];
  const before = mebibytesOf(shared);
  for (let i = 0; i < TRIES; i++) ms.push(timed(() => add(join(trees, `${i}`), `town/b-${i}/1`)));
  const mebibytes = (mebibytesOf(trees) + mebibytesOf(shared) - before) / TRIES;
  for (let i = 0; i < TRIES; i++) removeMs.push(timed(() => drop(join(trees, `${i}`), `town/b-${i}/1`)));
  const processes = counted(folder, () => add(join(trees, "counted"), "town/counted/1"));
  return { ms: median(ms), removeMs: median(removeMs), mebibytes: round(mebibytes), processes };
}

async function setUp(folder: string, remote: string): Promise<Pick<Clone, "clone" | "collectMs" | "collectProcesses">> {
  const state = join(folder, "state");
  const rigs = new Rigs(state);
  const workshops = new Workshops(state, rigs);
  const rig = { id: "rig", repoUrl: remote, defaultBranch: "main" };
  const { signal } = new AbortController();
  await rigs.fetch("town", rig, signal);
  const place = (fence: number) => ({ kind: "work", town: "town", rig, bead: "b", fence }) as const;
  const open = async (fence: number) => {
    const heads = await rigs.heads("town", rig);
    const commit = heads.get("main") ?? "";
    const workshop = await workshops.open(place(fence), commit, heads, signal);
    await workshops.handOver(workshop, { commit, branch: `town/b/${fence}` }, signal);
    return workshop;
  };
  const collect = async (fence: number, work: (at: string) => void) => {
    const workshop = await open(fence);
    work(workshop.host.workTree);
    const refresh = () => rigs.heads("town", rig);
    const identity = gitIdentity("bench", "town");
    const step = () => collectWork({ workshop, title: "work", identity, refresh, signal });
    const figures = { processes: 0, ms: 0 };
    figures.processes = await countedLater(folder, async () => {
      figures.ms = await timedLater(step);
    });
    return figures;
  };
  const [ms, removeMs]: [number[], number[]] = [[], []];
  for (let i = 1; i <= TRIES; i++) ms.push(await timedLater(() => open(i)));
  const mebibytes = round((mebibytesOf(join(state, "work")) + mebibytesOf(join(state, "git"))) / TRIES);
  for (let i = 1; i <= TRIES; i++) removeMs.push(await timedLater(() => workshops.close(place(i))));
  const processes = await countedLater(folder, () => open(TRIES + 1));
  const files = await collect(TRIES + 2, (at) => writeFileSync(join(at, "new.txt"), "new"));
  const commit = await collect(TRIES + 3, (at) => {
    writeFileSync(join(at, "new.txt"), "new");
    git(at, "add", "new.txt");
    git(at, "commit", "--quiet", "--message", "new");
  });
  return {
    clone: { ms: median(ms), removeMs: median(removeMs), mebibytes, processes },
    collectMs: { files: files.ms, commit: commit.ms },
    collectProcesses: { files: files.processes, commit: commit.processes },
  };
}

/** How many processes git is, its own children among them: each leaves a file. */
function counted(folder: string, step: () => void): number {
  const traces = begin(folder);
  step();
  return end(traces);
}

async function countedLater(folder: string, step: () => Promise<unknown>): Promise<number> {
  const traces = begin(folder);
  await step();
  return end(traces);
}

function begin(folder: string): string {
  const traces = mkdtempSync(join(folder, "traces-"));
  process.env.GIT_TRACE2_EVENT = traces;
  return traces;
}

function end(traces: string): number {
  delete process.env.GIT_TRACE2_EVENT;
  return readdirSync(traces).length;
}

function timed(step: () => void): number {
  const startedMs = performance.now();
  step();
  return Math.round(performance.now() - startedMs);
}

async function timedLater(step: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await step();
  return Math.round(performance.now() - startedMs);
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
const round = (value: number): number => Math.round(value * 10) / 10;
