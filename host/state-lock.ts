import { linkSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { jsonOf } from "../src/lib/json.ts";
import { pause } from "./clock.ts";
import { lockWaitMs } from "./limits.ts";
import { lives, startMark } from "./process-stat.ts";
import { readText, remove } from "./state-files.ts";

/** Tries to take over a dead one's lock before giving up: each can be lost to another start only. */
const MAX_TRIES = 5;
const LOOK_EVERY_MS = 100;

/**
 * Takes the state directory for this host; two on one would double runs. Waits for a host that is leaving.
 *
 * @returns gives it back
 * @throws Error if another host stays
 */
export async function lockState(directory: string): Promise<() => void> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const taken = await takeLock(join(directory, "host.lock"), lockWaitMs);
  if ("release" in taken) return taken.release;
  throw new Error(
    `another agent host (pid ${taken.heldBy}) uses ${directory}. Stop it, or give this one its own --state.`,
  );
}

/**
 * Takes a folder for this process. The lock names the process; one left by a process that is dead does not count, and for one
 * that is just ending we wait a while.
 *
 * @param path of the lock, in a folder that is there
 * @returns gives the folder back; or the process that holds it and stays, 0: others are taking it just now
 * @throws Error if no file can be made there
 */
export async function takeLock(path: string, waitMs: number): Promise<{ release(): void } | { heldBy: number }> {
  const mine = JSON.stringify({ pid: process.pid, started: startMark(process.pid) });
  const untilMs = performance.now() + waitMs;
  for (let tried = 0; tried < MAX_TRIES; tried++) {
    if (create(path, mine)) return { release: () => release(path, mine) };
    const theirs = readText(path);
    const heldBy = theirs === null ? null : await staying(path, theirs, untilMs);
    if (heldBy !== null) return { heldBy };
    if (theirs !== null) removeStale(path, theirs);
  }
  return { heldBy: 0 };
}

/** The pid of a holder that is still there at the end; null once it is dead or has given the lock back. */
async function staying(path: string, content: string, untilMs: number): Promise<number | null> {
  for (;;) {
    const holder = liveHolder(content);
    if (holder === null || readText(path) !== content) return null;
    if (performance.now() >= untilMs) return holder;
    await pause(LOOK_EVERY_MS);
  }
}

/** Written aside and linked, so that the lock never exists without its content. */
function create(path: string, content: string): boolean {
  const draft = `${path}.${process.pid}`;
  try {
    remove(draft);
    writeFileSync(draft, content, { mode: 0o600, flag: "wx" });
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    remove(draft);
  }
}

/** Moves the lock aside first: if another start was quicker, what we hold is its live lock, and goes back. */
function removeStale(path: string, stale: string): void {
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
    if (readText(aside) !== stale) linkSync(aside, path);
  } catch {
    // Another start moved it, which is as good.
  }
  remove(aside);
}

function release(path: string, mine: string): void {
  if (readText(path) === mine) remove(path);
}

/** The pid of a holder that lives, or null. */
function liveHolder(content: string): number | null {
  const { pid, started } = holderIn(content);
  return lives(pid, started) ? pid : null;
}

function holderIn(content: string): { pid: number; started: string | null } {
  const holder = jsonOf(content) as { pid: number; started: string | null } | number | null;
  if (holder !== null && typeof holder === "object") return holder;
  // As hosts up to 0.1.0 wrote it: two words, the blanks of the second replaced.
  const [pid, mark = ""] = content.split(" ");
  const started = startMark(Number(pid));
  const isSame = started !== null && started.replaceAll(/\s+/g, "_") === mark;
  return { pid: isSame ? Number(pid) : 0, started };
}
