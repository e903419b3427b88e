import { GitError, git } from "./git.ts";
import type { Workspace } from "./git-folders.ts";
import { maxPathBytes } from "./limits.ts";
import { StepFailure } from "./outcomes.ts";
import { tooDeep } from "./tree-walk.ts";
import { judgeSizes } from "./work-size.ts";

/**
 * Sees to it that a commit of the agent's can be checked out, before anything does so: a handful of trees, each in the other
 * many times, come to files without number, and a few bytes of a pack to a file of any size.
 *
 * @param base what it is built on: what that has as well was checked before
 * @throws StepFailure `too_many_files`, `work_too_large`, `commit_failed` for a path too long
 */
export async function checkContents(host: Workspace, base: string, commit: string, signal: AbortSignal): Promise<void> {
  await checkNames(host, commit, signal);
  const listed = await git(host, ["diff-tree", "-r", "-z", "--no-renames", base, commit], {
    encoding: "latin1",
    signal,
  });
  const changes = [...listed.matchAll(/:\d+ (?:100|120)\d+ [0-9a-f]+ ([0-9a-f]+) [AMT]\0([^\0]+)\0/g)];
  if (changes.length === 0) return;
  const stdin = changes.map(([, blob]) => `${blob}\n`).join("");
  const sizes = await git(host, ["cat-file", "--batch-check=%(objectsize)"], { stdin, signal });
  const lines = sizes.trim().split("\n");
  judgeSizes(changes.map(([, , path = ""], index) => ({ path, bytes: Number(lines[index]) || 0 })));
}

/** Where it would lie is not known here: one that is so long by itself fits nowhere. */
const longPath = new RegExp(`[^\\0]{${maxPathBytes}}`);

/** Lists them as they come, and no more than anything that git prints may have: nothing else that git does with a tree is so frugal. */
async function checkNames(host: Workspace, commit: string, signal: AbortSignal): Promise<void> {
  try {
    const listing = ["ls-tree", "-r", "-z", "--name-only", "--full-tree", commit];
    const long = longPath.exec(await git(host, listing, { encoding: "latin1", signal }));
    if (long) throw tooDeep(long[0]);
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    const message = `Commit ${commit.slice(0, 12)} holds more files, or deeper folders, than can be checked out. Commit less.`;
    throw new StepFailure("agent_failed", "too_many_files", message);
  }
}
