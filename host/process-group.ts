import { execFile, execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { pause } from "./clock.ts";
import { killGraceMs } from "./limits.ts";

/** Processes of one run: its process group, and whoever left the group but still carries the run's environment. */
export type Herd = { pgid: number | null; marks: readonly string[] };

const hasProc = existsSync("/proc/self/stat");

/** When a process began, in a form that only serves to tell it from a later one with the same id. Null: no such process. */
export function startMark(pid: number): string | null {
  if (hasProc) return statOf(pid)?.start ?? null;
  try {
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return null;
  }
}

/** Asks with SIGTERM, insists with SIGKILL after the grace, and returns once nobody is left. */
export async function terminate(herd: Herd, graceMs: number = killGraceMs): Promise<void> {
  const startedMs = performance.now();
  let asked = false;
  let waitMs = 10;
  while (isAlive(herd)) {
    const insist = performance.now() - startedMs >= graceMs;
    if (!asked || insist) signalAll(herd, insist ? "SIGKILL" : "SIGTERM");
    asked = true;
    await pause(waitMs);
    waitMs = Math.min(waitMs * 2, 100);
  }
}

/** SIGKILL without waiting, for a host that is about to vanish itself. */
export function killNow(herd: Herd): void {
  signalAll(herd, "SIGKILL");
}

/** What a former boot left alive of a herd, or null. Process ids are used again, so only what is surely ours counts. */
export function leftover(herd: Herd, leaderStart: string | null): Herd | null {
  const sameLeader = herd.pgid !== null && leaderStart !== null && startMark(herd.pgid) === leaderStart;
  if (sameLeader) return herd;
  if (!hasProc) return null;
  const carriers = processIds().filter((pid) => carries(pid, herd.marks));
  if (carriers.length === 0) return null;
  const groupIsOurs = carriers.some((pid) => statOf(pid)?.pgid === herd.pgid);
  return groupIsOurs ? herd : { ...herd, pgid: null };
}

/**
 * Processor time that a herd has used so far, in milliseconds: of those alive, and of children they have waited for.
 * Members of its session and children of members count too; whoever fled from all of that is found by its environment.
 */
export async function cpuMsOf(herd: Herd): Promise<number> {
  if (!hasProc) return cpuMsByPs(herd);
  const stats = new Map(processIds().flatMap((pid) => [[pid, statOf(pid)] as const]));
  let ticks = 0;
  for (const [pid, stat] of stats)
    if (stat && (stat.pgid === herd.pgid || stat.session === herd.pgid || carries(pid, herd.marks)))
      ticks += stat.ticks;
  return ticks * TICK_MS;
}

/** Linux counts in hundredths of a second, whatever the machine. */
const TICK_MS = 10;

async function cpuMsByPs({ pgid }: Herd): Promise<number> {
  const text = await new Promise<string>((resolve) =>
    execFile("ps", ["-A", "-o", "pgid=,time="], (_error, stdout) => resolve(stdout)),
  );
  let ms = 0;
  for (const [, group, time = ""] of text.matchAll(/^ *(\d+) +([\d:.-]+)$/gm))
    if (Number(group) === pgid) ms += time.split(/[:-]/).reduce((sum, part) => sum * 60 + Number(part), 0) * 1_000;
  return ms;
}

function isAlive(herd: Herd): boolean {
  if (!hasProc) return signalGroup(herd, 0);
  return members(herd).length > 0;
}

function signalAll(herd: Herd, signal: NodeJS.Signals): void {
  signalGroup(herd, signal);
  if (!hasProc) return;
  for (const pid of members(herd)) trySignal(pid, signal);
}

/** Zombies do not count: where process 1 does not reap, they stay for ever. */
function members(herd: Herd): number[] {
  return processIds().filter((pid) => {
    const stat = statOf(pid);
    if (!stat || stat.state === "Z" || stat.state === "X") return false;
    return stat.pgid === herd.pgid || carries(pid, herd.marks);
  });
}

function processIds(): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 1 && pid !== process.pid);
}

function carries(pid: number, marks: readonly string[]): boolean {
  try {
    const environment = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
    return marks.length > 0 && marks.every((mark) => environment.includes(mark));
  } catch {
    return false; // gone meanwhile, or somebody else's
  }
}

type Stat = { state: string; pgid: number; session: number; start: string; ticks: number };

function statOf(pid: number): Stat | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The program's name stands in brackets and may hold anything, so count from the last one.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    // Used by itself, in user and kernel mode, and by children that have ended.
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    return {
      state: fields[0] ?? "",
      pgid: Number(fields[2]),
      session: Number(fields[3]),
      start: fields[19] ?? "",
      ticks,
    };
  } catch {
    return null;
  }
}

/** Never group 0 or 1: those are our own and everybody's. */
function signalGroup(herd: Herd, signal: NodeJS.Signals | 0): boolean {
  return herd.pgid !== null && herd.pgid > 1 && trySignal(-herd.pgid, signal);
}

function trySignal(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
