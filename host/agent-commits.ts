import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { linkObjects } from "./agent-objects.ts";
import { GitError, git } from "./git.ts";
import { writeGitDir } from "./git-folders.ts";
import { maxAllocBytes } from "./limits.ts";
import type { Workshop } from "./workshops.ts";

/**
 * Brings commits of the agent's repository, with all that they need, into the host's git directory. Its objects are first
 * put into a git directory of the host's, so that the fetch runs by no configuration but ours; the fetch takes nothing by
 * its name, works out anew what each object is called, and refuses what is unsound or incomplete.
 *
 * @param commits the most wanted one first
 * @returns those that are whole; of several that can't be had together the first alone
 * @throws StepFailure `work_too_large`
 */
export async function fetchCommits(
  { host, mirrorObjects }: Workshop,
  commits: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  // A name of its own: what a host that was killed had half linked is not gone on with.
  const incoming = await mkdtemp(`${host.gitDir}.incoming-`);
  const refs = commits.map((commit, index) => [`refs/heads/${index}`, commit] as const);
  try {
    writeGitDir(incoming, { head: "ref: refs/heads/none", borrows: [mirrorObjects], refs });
    await linkObjects(join(host.workTree, ".git/objects"), join(incoming, "objects"));
    const env = { GIT_ALLOC_LIMIT: String(maxAllocBytes) };
    const fetch = (from: string) => {
      const options = ["--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance"];
      return git(host, ["fetch", ...options, "--", incoming, `+refs/heads/${from}:refs/heads/agent/${from}`], {
        signal,
        env,
      });
    };
    if (await succeeds(fetch("*"))) return new Set(commits);
    if (commits.length > 1 && (await succeeds(fetch("0")))) return new Set(commits.slice(0, 1));
    return new Set();
  } finally {
    await rm(incoming, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function succeeds(step: Promise<unknown>): Promise<boolean> {
  try {
    await step;
    return true;
  } catch (error) {
    if (error instanceof GitError) return false;
    throw error;
  }
}
