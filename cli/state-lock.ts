import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { lives, startMark } from "../host/process-stat.ts";
import { Fault } from "./fault.ts";
import { type StatePaths, shown } from "./paths.ts";
import { stateFault } from "./preflight.ts";

/** Tries to take over a dead one's lock before giving up: each can be lost to another start only. */
const MAX_TRIES = 5;
/** One that is just ending is given so long to be gone. */
const LEAVES_WITHIN_MS = 3_000;
const LOOK_EVERY_MS = 100;

/**
 * Takes the state folder for this process. The lock names the process; one left by a process that is dead does not count,
 * and for one that is just ending we wait a moment.
 *
 * @returns gives the folder back
 * @throws Fault if another townkeeper lives there
 */
export async function lockState({ folder, lock }: StatePaths): Promise<() => void> {
  const mine = JSON.stringify({ pid: process.pid, started: startMark(process.pid) });
  const untilMs = performance.now() + LEAVES_WITHIN_MS;
  for (let tried = 0; tried < MAX_TRIES; tried++) {
    if (create(folder, lock, mine)) return () => release(lock, mine);
    const theirs = read(lock);
    const holder = theirs === null ? null : await staying(lock, theirs, untilMs);
    if (holder !== null) {
      const remedy = "Stop that one, or give another folder with --state DIR";
      throw new Fault(`the state folder ${shown(folder)} is in use by another townkeeper (pid ${holder}). ${remedy}`);
    }
    if (theirs !== null) removeStale(lock, theirs);
  }
  throw new Fault(`the state folder ${shown(folder)} is being taken by another townkeeper just now. Try again`);
}

/** The pid of a holder that is still there at the end; null once it is dead or has given the lock back. */
async function staying(lock: string, content: string, untilMs: number): Promise<number | null> {
  for (;;) {
    const holder = liveHolder(content);
    if (holder === null || read(lock) !== content) return null;
    if (performance.now() >= untilMs) return holder;
    await pause(LOOK_EVERY_MS);
  }
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
    return lives(pid, started) ? pid : null;
  } catch {
    return null;
  }
}
