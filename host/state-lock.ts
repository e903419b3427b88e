import { closeSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pause } from "./clock.ts";
import { lockWaitMs } from "./limits.ts";
import { lives, startMark } from "./process-stat.ts";
import { readText, remove } from "./state-files.ts";

/**
 * Takes the state directory for this process; two hosts on one would double runs. Waits for a host that is leaving.
 *
 * @returns gives it back
 * @throws Error if another host stays
 */
export async function lockState(directory: string): Promise<() => void> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, "host.lock");
  const untilMs = performance.now() + lockWaitMs;
  while (!tryToTake(path)) {
    const holder = readText(path)?.split(" ") ?? [];
    if (!isAlive(Number(holder[0]), holder[1] ?? "")) {
      remove(path);
      continue;
    }
    if (performance.now() > untilMs) {
      throw new Error(
        `another agent host (pid ${holder[0]}) uses ${directory}. Stop it, or give this one its own --state.`,
      );
    }
    await pause(100);
  }
  return () => remove(path);
}

function tryToTake(path: string): boolean {
  try {
    const file = openSync(path, "wx", 0o600);
    writeFileSync(file, `${process.pid} ${mark(process.pid)}`);
    closeSync(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function isAlive(pid: number, began: string): boolean {
  return began !== "" && mark(pid) === began && lives(pid, startMark(pid));
}

/** Without blanks, so that it is one word of the lock file. */
function mark(pid: number): string {
  return (startMark(pid) ?? "").replaceAll(/\s+/g, "_");
}
