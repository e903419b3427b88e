import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { RigSpec } from "../src/ports/protocol.ts";
import { pause } from "./clock.ts";
import { GitError, git, gitSays } from "./git.ts";
import { pushRetryMs } from "./limits.ts";
import { StepFailure } from "./outcomes.ts";
import { withPatience } from "./push-patience.ts";
import { remove } from "./state-files.ts";

type Work = {
  worktree: string;
  /** The commit the attempt began from. */
  base: string;
  title: string;
  identity: Record<string, string>;
  signal: AbortSignal;
};

/**
 * Commits what the agent left uncommitted, and says which commit holds its work.
 *
 * @throws StepFailure `no_commit` if nothing changed, `commit_failed` if git can't commit it
 */
export async function collectWork(work: Work): Promise<string> {
  const options = { cwd: work.worktree, env: work.identity, signal: work.signal };
  try {
    dropIndexLock(work.worktree);
    await git(["add", "--all", "--", ":/"], options);
    if (!(await gitSays(["diff", "--cached", "--quiet", "HEAD"], options))) {
      await git(["commit", "--quiet", "--no-verify", "--cleanup=whitespace", `--message=${work.title}`], options);
    }
    const head = (await git(["rev-parse", "--verify", "HEAD^{commit}"], options)).trim();
    if (head !== work.base && !(await gitSays(["diff", "--quiet", work.base, head], options))) return head;
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    throw new StepFailure("agent_failed", "commit_failed", `The agent's work could not be committed. ${error.message}`);
  }
  throw new StepFailure(
    "agent_failed",
    "no_commit",
    "The agent exited 0 but changed nothing: no commit, no changed file.",
  );
}

/**
 * Pushes the work to the attempt's own branch; tries again when the connection, not the remote, said no.
 *
 * @throws StepFailure `push_failed`
 */
export async function pushWork(
  cwd: string,
  rig: RigSpec,
  head: string,
  branch: string,
  signal: AbortSignal,
): Promise<void> {
  for (let tried = 0; ; tried++) {
    try {
      // Forced: the branch is this attempt's alone, and the agent may have pushed there itself.
      const args = ["push", "--quiet", "--no-verify", "--", rig.repoUrl, `+${head}:refs/heads/${branch}`];
      await withPatience(signal, (cutOff) => git(args, { cwd, signal: cutOff }));
      return;
    } catch (error) {
      if (!(error instanceof GitError)) throw error;
      signal.throwIfAborted();
      const waitMs = pushRetryMs[tried];
      if (waitMs === undefined || error.output.includes("rejected]")) {
        throw new StepFailure("unreachable", "push_failed", error.message);
      }
      await pause(waitMs, signal);
      signal.throwIfAborted();
    }
  }
}

/** The agent's processes are gone, so a lock on its index is a leftover of one that was killed. */
function dropIndexLock(worktree: string): void {
  try {
    const gitDirectory = /^gitdir: (.+)$/m.exec(readFileSync(join(worktree, ".git"), "utf8"))?.[1];
    if (gitDirectory) remove(join(gitDirectory, "index.lock"));
  } catch {
    // No .git: the agent deleted it, and git will say so.
  }
}
