/** `npm start` as its user meets it: how long until it is ready, how long its sample takes, and what it takes of the machine while nothing happens. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { repoRoot } from "../../cli/paths.ts";
import { commandLineOf, cpuSeconds, withDescendants } from "../peers/processes.ts";
import { type Quantiles, quantiles } from "../town.ts";

const IDLE_SECONDS = 120;
/** What a start and a sample leave to be done behind them. */
const SETTLES_MS = 15_000;

export interface Ready {
  /** From the command to its line "ready", in milliseconds: with an empty state folder, and with one that has a town. */
  empty: Quantiles;
  again: Quantiles;
  /** From the command to its end, with the sample's work done. */
  sample: Quantiles;
  /** All its processes, npm's too, with the sample's town at rest. Null where nobody can say. */
  idle: { seconds: number; percentOfACore: Record<string, number>; mebibytes: Record<string, number> } | null;
}

export async function measureReady(n: number): Promise<Ready> {
  const folder = mkdtempSync(join(tmpdir(), "townkeeper-ready-"));
  let states = 0;
  const fresh = () => join(folder, `${states++}`);
  try {
    await timeOf(fresh(), ["--empty"], isReady); // bundles and compiles what that was not yet
    const empty = await repeat(n, () => timeOf(fresh(), ["--empty"], isReady));
    const sample = await repeat(n, () => timeOf(fresh(), ["--once"], () => false));
    const state = fresh();
    await timeOf(state, ["--once"], () => false);
    const again = await repeat(n, () => timeOf(state, ["--empty"], isReady));
    return { empty, again, sample, idle: await idleOf(state) };
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

const isReady = (line: string): boolean => line.startsWith("townkeeper: ready in ");

async function repeat(n: number, time: () => Promise<number>): Promise<Quantiles> {
  const times: number[] = [];
  for (let done = 0; done < n; done++) times.push(await time());
  return quantiles(times);
}

/** How long until it prints such a line, or ends well. */
async function timeOf(state: string, flags: string[], isThere: (line: string) => boolean): Promise<number> {
  const startedMs = performance.now();
  const started = npmStart(state, flags, isThere);
  await started.until;
  const ms = performance.now() - startedMs;
  await started.stop();
  return ms;
}

async function idleOf(state: string): Promise<Ready["idle"]> {
  const { child, until, stop } = npmStart(state, ["--empty"], isReady);
  try {
    await until;
    await pause(SETTLES_MS);
    const pid = child.pid as number;
    const before = cpuSeconds([pid]);
    await pause(IDLE_SECONDS * 1_000);
    const after = cpuSeconds([pid]);
    if (!before || !after) return null;
    const percentOfACore = Object.fromEntries(
      Object.entries(after).map(([name, used]) => [name, ((used - (before[name] ?? 0)) / IDLE_SECONDS) * 100]),
    );
    return { seconds: IDLE_SECONDS, percentOfACore, mebibytes: memoryOf(pid) };
  } finally {
    await stop();
  }
}

/** By program, what several share being divided among them. */
function memoryOf(pid: number): Record<string, number> {
  const used: Record<string, number> = {};
  for (const each of withDescendants(pid)) {
    const name = /workerd|host\/main\.ts|cli\/main\.ts|run\.mjs/.exec(commandLineOf(each))?.[0] ?? "npm and its shell";
    const [, kibibytes = 0] = /^Pss: +(\d+)/m.exec(readFileSync(`/proc/${each}/smaps_rollup`, "utf8")) ?? [];
    used[name] = (used[name] ?? 0) + Number(kibibytes) / 1_024;
  }
  return used;
}

/** @returns `until` is fulfilled once it has printed such a line, or ended well */
function npmStart(state: string, flags: string[], isThere: (line: string) => boolean) {
  const args = ["start", "--silent", "--", "--port", "0", "--state", state, ...flags];
  const child: ChildProcess = spawn("npm", args, { cwd: repoRoot, stdio: ["ignore", "pipe", "inherit"] });
  const { promise: until, resolve, reject } = Promise.withResolvers<void>();
  if (child.stdout) createInterface({ input: child.stdout }).on("line", (line) => isThere(line) && resolve());
  child.once("error", reject);
  // npm ends at once; what it began still puts the state in order, and holds this pipe until it has.
  const ended = new Promise<void>((end) => child.once("close", () => end()));
  child.once("exit", (code) => (code === 0 ? resolve() : reject(new Error(`npm start ended with code ${code}`))));
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
  };
  return { child, until, stop };
}
