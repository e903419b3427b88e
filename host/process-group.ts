import { readdirSync, readFileSync } from "node:fs";
import { pause } from "./clock.ts";
import { killGraceMs } from "./limits.ts";
import { hasProc, isDead, startMark, statOf, trySignal } from "./process-stat.ts";

/** Processes of one run: its process group, and whoever left the group but still carries the run's environment. */
export type Herd = { pgid: number | null; marks: readonly string[] };

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

/**
 * What a former boot left alive of a herd, or null. Process ids are used again, so only what is surely ours counts: a
 * leader that is a zombie by now still says whose group it is.
 */
export function leftover(herd: Herd, leaderStart: string | null): Herd | null {
  const sameLeader = herd.pgid !== null && leaderStart !== null && startMark(herd.pgid) === leaderStart;
  if (sameLeader) return isAlive(herd) ? herd : null;
  if (!hasProc) return null;
  const carriers = processIds().filter((pid) => carries(pid, herd.marks)); // a zombie has no environment
  if (carriers.length === 0) return null;
  const groupIsOurs = carriers.some((pid) => statOf(pid)?.pgid === herd.pgid);
  return groupIsOurs ? herd : { ...herd, pgid: null };
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

function members(herd: Herd): number[] {
  return processIds().filter((pid) => {
    const stat = statOf(pid);
    if (!stat || isDead(stat)) return false;
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

/** Never group 0 or 1: those are our own and everybody's. */
function signalGroup(herd: Herd, signal: NodeJS.Signals | 0): boolean {
  return herd.pgid !== null && herd.pgid > 1 && trySignal(-herd.pgid, signal);
}
