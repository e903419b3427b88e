import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { maxControlBytes, maxPathBytes, maxTreeEntries } from "./limits.ts";
import { StepFailure } from "./outcomes.ts";
import { entriesOf } from "./untrusted-files.ts";

/** What a working copy holds that git must not meet unprepared; paths below its root. */
type Sights = {
  /** Folders that have a `.git` of any kind; not the root. */
  repositories: string[];
  /** Pipes, sockets and devices under names that git opens and reads: it would wait for ever. */
  snares: string[];
};

const control = new Set([".gitignore", ".gitattributes", ".gitmodules"]);

/** @throws StepFailure `too_many_files`, `work_too_large`, `commit_failed` for a path too long */
export async function walkTree(root: string, signal: AbortSignal): Promise<Sights> {
  const sights: Sights = { repositories: [], snares: [] };
  const folders = [""];
  let left = maxTreeEntries;
  for (const folder of folders) {
    signal.throwIfAborted();
    const entries = await entriesOf(join(root, folder));
    left -= entries.length;
    if (left < 0) throw tooManyFiles();
    for (const { name, isFolder, isSpecial } of entries) {
      const path = folder === "" ? name : `${folder}/${name}`;
      if (name === ".git") {
        if (folder !== "") sights.repositories.push(folder);
      } else if (isFolder) {
        if (Buffer.byteLength(join(root, path)) > maxPathBytes) throw tooDeep(path);
        folders.push(path);
      } else if (control.has(name)) {
        if (isSpecial) sights.snares.push(path);
        else await checkSize(root, path);
      }
    }
  }
  return sights;
}

/** Git reads these as a whole. */
async function checkSize(root: string, path: string): Promise<void> {
  const found = await lstat(join(root, path)).catch(() => null);
  if (!found?.isFile() || found.size <= maxControlBytes) return;
  const message = `${path} has ${found.size} bytes: git is told by it what to do, and it may have at most ${maxControlBytes}.`;
  throw new StepFailure("agent_failed", "work_too_large", message);
}

function tooManyFiles(): StepFailure {
  const message = `The agent's working copy holds more than ${maxTreeEntries} files. Have it tidy up after itself.`;
  return new StepFailure("agent_failed", "too_many_files", message);
}

export function tooDeep(path: string): StepFailure {
  const message = `The agent's folders are nested too deep: ${path.slice(0, 80)}… is longer than the ${maxPathBytes} bytes that a path may have.`;
  return new StepFailure("agent_failed", "commit_failed", message);
}
