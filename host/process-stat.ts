import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

export const hasProc = existsSync("/proc/self/stat");

type Stat = { state: string; pgid: number; session: number; start: string; ticks: number };

/** What the kernel says of a process, a zombie's too; null if there is none, or no /proc. */
export function statOf(pid: number): Stat | null {
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

/**
 * When a process began, in a form that only serves to tell it from a later one with the same id. A zombie has one as
 * well: this says who it is, not whether it lives. Null: no such process.
 */
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

/** Zombies are dead: where process 1 does not reap them they stay for ever, and do nothing. */
export const isDead = (stat: { state: string } | null): boolean => !stat || stat.state === "Z" || stat.state === "X";

/**
 * Whether a process lives, and is still the one that began then.
 *
 * @param began its `startMark`; null: none could be had
 */
export function lives(pid: number, began: string | null): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  if (hasProc && isDead(statOf(pid))) return false;
  return startMark(pid) === began && trySignal(pid, 0);
}

/** Whether there was a process to get it; 0 only asks. */
export function trySignal(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
