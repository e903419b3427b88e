import { lstat } from "node:fs/promises";
import { git } from "./git.ts";
import type { Workspace } from "./git-folders.ts";
import { maxFileBytes, maxWorkBytes } from "./limits.ts";
import { StepFailure } from "./outcomes.ts";

const atOnce = 256;

/**
 * Looks at how large the changed files are before any is read: a sparse one of 10 GB takes no room, and minutes to commit.
 *
 * @param pathspecs which files
 * @throws StepFailure `work_too_large`
 */
export async function checkSizes(host: Workspace, pathspecs: readonly string[], signal: AbortSignal): Promise<void> {
  const changed = ["diff-files", "-z", "--name-only", "--ignore-submodules=all", "--", ...pathspecs];
  const added = ["ls-files", "-z", "--others", "--exclude-standard", "--", ...pathspecs];
  const listed = await Promise.all([changed, added].map((args) => git(host, args, { encoding: "latin1", signal })));
  const paths = listed
    .join("")
    .split("\0")
    .filter((path) => path !== "");
  const files: { path: string; bytes: number }[] = [];
  for (let from = 0; from < paths.length; from += atOnce) {
    signal.throwIfAborted();
    const some = paths.slice(from, from + atOnce);
    const sizes = await Promise.all(some.map((path) => sizeOf(host.workTree, path)));
    files.push(...sizes.map((bytes, index) => ({ path: some[index] ?? "", bytes })));
  }
  judgeSizes(files);
}

/** @throws StepFailure `work_too_large` */
export function judgeSizes(files: readonly { path: string; bytes: number }[]): void {
  let total = 0;
  for (const { path, bytes } of files) {
    total += bytes;
    if (bytes > maxFileBytes) throw tooLarge(`${path} has ${inGiB(bytes)}`, maxFileBytes);
  }
  if (total > maxWorkBytes) throw tooLarge(`The changed files have ${inGiB(total)} together`, maxWorkBytes);
}

async function sizeOf(root: string, path: string): Promise<number> {
  const full = Buffer.concat([Buffer.from(`${root}/`), Buffer.from(path, "latin1")]);
  const found = await lstat(full).catch(() => null);
  return found?.isFile() ? found.size : 0;
}

function tooLarge(what: string, most: number): StepFailure {
  const message = `${what}; at most ${inGiB(most)} can be taken. Have the agent leave such files out of its work, or ignore them.`;
  return new StepFailure("agent_failed", "work_too_large", message);
}

const inGiB = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
