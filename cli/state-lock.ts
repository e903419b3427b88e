import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { Fault } from "./fault.ts";
import { type StatePaths, shown } from "./paths.ts";
import { stateFault } from "./preflight.ts";

/** Tries to take over a dead one's lock before giving up: each can be lost to another start only. */
const MAX_TRIES = 5;

/**
 * Takes the state folder for this process. The lock names the process; one left by a process that is dead does not count.
 *
 * @returns gives the folder back
 * @throws Fault if another townkeeper lives there
 */
export function lockState({ folder, lock }: StatePaths): () => void {
  const mine = JSON.stringify({ pid: process.pid, started: startMark(process.pid) });
  for (let tried = 0; tried < MAX_TRIES; tried++) {
    if (create(folder, lock, mine)) return () => release(lock, mine);
    const theirs = read(lock);
    const holder = theirs === null ? null : liveHolder(theirs);
    if (holder !== null) {
      const remedy = "Stop that one, or give another folder with --state DIR";
      throw new Fault(`the state folder ${shown(folder)} is in use by another townkeeper (pid ${holder}). ${remedy}`);
    }
    if (theirs !== null) removeStale(lock, theirs);
  }
  throw new Fault(`the state folder ${shown(folder)} is being taken by another townkeeper just now. Try again`);
}

/** Written aside and linked, so that the lock never exists without its content. */
function create(folder: string, lock: string, content: string): boolean {
  const draft = `${lock}.${process.pid}`;
  try {
    writeFileSync(draft, content, { mode: 0o600 });
    linkSync(draft, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw stateFault(folder, error);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Moves the lock aside first: if another start was quicker, what we hold is its live lock, and goes back. */
function removeStale(lock: string, stale: string): void {
  const aside = `${lock}.stale.${process.pid}`;
  try {
    renameSync(lock, aside);
    if (readFileSync(aside, "utf8") !== stale) linkSync(aside, lock);
  } catch {
    // Somebody else moved it, which is as good.
  }
  rmSync(aside, { force: true });
}

function release(lock: string, mine: string): void {
  if (read(lock) === mine) rmSync(lock, { force: true });
}

function read(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

/** The pid of a holder that lives, or null. */
function liveHolder(content: string): number | null {
  try {
    const { pid, started } = JSON.parse(content);
    process.kill(pid, 0);
    return started === startMark(pid) ? pid : null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM" ? JSON.parse(content).pid : null;
  }
}

/** When a process began, in the kernel's ticks: pids come again, this does not. Null where there is no /proc. */
function startMark(pid: number): string | null {
  const stat = read(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
}
