import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

const POLL_MS = 1_000;

/**
 * Calls `onGone` when the npm that started us is dead. Killed with `kill -9` it says nothing to its children, but they
 * get a new parent. Between npm and us there may be the shell that npm runs scripts with, and then the shell gets it.
 *
 * @returns ends the watch
 */
export function watchNpm(onGone) {
  if (!process.env.npm_lifecycle_event) return () => undefined;
  const parent = process.ppid;
  const isShell = /^-?(ba|da|z|k|a)?sh$/.test(processInfo(parent)?.name ?? "");
  const npm = isShell ? processInfo(parent)?.parent : parent;
  const isThere = () => process.ppid === parent && (!isShell || processInfo(parent)?.parent === npm);
  const timer = setInterval(() => {
    if (isThere()) return;
    clearInterval(timer);
    onGone();
  }, POLL_MS);
  return () => clearInterval(timer);
}

/** A process's name and parent: from /proc, else as `ps` tells it. Null if it is gone, or the system won't say. */
function processInfo(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const end = stat.lastIndexOf(")");
    return { name: stat.slice(stat.indexOf("(") + 1, end), parent: Number(stat.slice(end + 2).split(" ")[1]) };
  } catch {
    if (process.platform === "linux" || process.platform === "win32") return null;
  }
  const { stdout } = spawnSync("ps", ["-o", "ppid=,comm=", "-p", String(pid)], { encoding: "utf8" });
  const [, parent, path] = /^\s*(\d+)\s+(.+?)\s*$/.exec(stdout ?? "") ?? [];
  return parent && path ? { name: path.split("/").at(-1), parent: Number(parent) } : null;
}
