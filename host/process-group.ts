import { execFile } from "node:child_process";
import { closeSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import { pause } from "./clock.ts";
import { environBytes, killGraceMs } from "./limits.ts";
import { hasProc, isDead, startMark, statOf, trySignal } from "./process-stat.ts";

/**
 * Processes of one run: its process group, those that left the group but still carry the run's environment, and, where the
 * run has a user of the system to itself, all that run as that user.
 */
export type ProcessTree = { pgid: number | null; marks: readonly string[]; uid?: number };

/** Asks with SIGTERM, insists with SIGKILL after the grace, and returns once no process is left. */
export async function terminate(tree: ProcessTree, graceMs: number = killGraceMs): Promise<void> {
  const startedMs = performance.now();
  let asked = false;
  let waitMs = 10;
  while (isAlive(tree)) {
    const insist = performance.now() - startedMs >= graceMs;
    if (!asked || insist) signalAll(tree, insist ? "SIGKILL" : "SIGTERM");
    asked = true;
    await pause(waitMs);
    waitMs = Math.min(waitMs * 2, 100);
  }
}

/** SIGKILL without waiting, for a host that is about to vanish itself. */
export function killNow(tree: ProcessTree): void {
  signalAll(tree, "SIGKILL");
}

/**
 * What a former boot left alive of a process tree, or null. Process ids are used again, so only what is surely ours counts: a
 * leader that is a zombie by now still says whose group it is.
 */
export function leftover(tree: ProcessTree, leaderStart: string | null): ProcessTree | null {
  const sameLeader = tree.pgid !== null && leaderStart !== null && startMark(tree.pgid) === leaderStart;
  if (sameLeader) return isAlive(tree) ? tree : null;
  if (!hasProc) return null;
  const carriers = processIds().filter((pid) => carries(pid, tree.marks)); // a zombie has no environment
  if (carriers.length === 0) return null;
  const groupIsOurs = carriers.some((pid) => statOf(pid)?.pgid === tree.pgid);
  return groupIsOurs ? tree : { ...tree, pgid: null };
}

/**
 * Processor time that a process tree has used so far, in milliseconds: of those alive, and of children they have waited for.
 * Members of its session and children of members count too; a process that left all of that is found by its environment.
 */
export async function cpuMsOf(tree: ProcessTree): Promise<number> {
  if (!hasProc) return cpuMsByPs(tree);
  const stats = new Map(processIds().flatMap((pid) => [[pid, statOf(pid)] as const]));
  let ticks = 0;
  for (const [pid, stat] of stats)
    if (stat && (stat.pgid === tree.pgid || stat.session === tree.pgid || carries(pid, tree.marks)))
      ticks += stat.ticks;
  return ticks * TICK_MS;
}

/** Linux counts in hundredths of a second, on every machine. */
const TICK_MS = 10;

async function cpuMsByPs({ pgid }: ProcessTree): Promise<number> {
  const text = await new Promise<string>((resolve) =>
    execFile("ps", ["-A", "-o", "pgid=,time="], (_error, stdout) => resolve(stdout)),
  );
  let ms = 0;
  for (const [, group, time = ""] of text.matchAll(/^ *(\d+) +([\d:.-]+)$/gm))
    if (Number(group) === pgid) ms += time.split(/[:-]/).reduce((sum, part) => sum * 60 + Number(part), 0) * 1_000;
  return ms;
}

function isAlive(tree: ProcessTree): boolean {
  if (!hasProc) return signalGroup(tree, 0);
  return members(tree).length > 0;
}

function signalAll(tree: ProcessTree, signal: NodeJS.Signals): void {
  signalGroup(tree, signal);
  if (!hasProc) return;
  for (const pid of members(tree)) trySignal(pid, signal);
}

function members(tree: ProcessTree): number[] {
  return processIds().filter((pid) => {
    const stat = statOf(pid);
    if (!stat || isDead(stat)) return false;
    return stat.pgid === tree.pgid || isOwnedBy(pid, tree.uid) || carries(pid, tree.marks);
  });
}

const isOwnedBy = (pid: number, uid: number | undefined): boolean =>
  uid !== undefined && statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid === uid;

function processIds(): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 1 && pid !== process.pid);
}

function carries(pid: number, marks: readonly string[]): boolean {
  if (marks.length === 0) return false;
  try {
    const environment = environmentOf(pid).split("\0");
    return marks.every((mark) => environment.includes(mark));
  } catch {
    return false; // gone meanwhile, or another's
  }
}

/** The beginning of it: a program may give its children megabytes, and have thousands. */
function environmentOf(pid: number): string {
  const file = openSync(`/proc/${pid}/environ`, "r");
  try {
    let bytes = 0;
    for (let read = -1; read !== 0 && bytes < environ.length; bytes += read)
      read = readSync(file, environ, bytes, environ.length - bytes, null);
    return environ.toString("utf8", 0, bytes);
  } finally {
    closeSync(file);
  }
}

/** Used again for each look. */
const environ = Buffer.alloc(environBytes);

/** Never group 0 or 1: those are our own and everybody's. */
function signalGroup(tree: ProcessTree, signal: NodeJS.Signals | 0): boolean {
  return tree.pgid !== null && tree.pgid > 1 && trySignal(-tree.pgid, signal);
}
