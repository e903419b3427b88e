import type { RigSpec } from "../src/ports/protocol.ts";
import { pause } from "./clock.ts";
import { GitError, git, type Repository } from "./git.ts";
import { pushRetryMs } from "./limits.ts";
import { StepFailure } from "./outcomes.ts";
import { withPatience } from "./push-patience.ts";

/**
 * Pushes the work to the attempt's own branch; tries again when the connection, not the remote, said no.
 *
 * @throws StepFailure `push_failed`
 */
export async function pushWork(
  repository: Repository,
  rig: RigSpec,
  head: string,
  branch: string,
  signal: AbortSignal,
): Promise<void> {
  for (let tried = 0; ; tried++) {
    try {
      // Forced: the branch is this attempt's alone, and the agent may have pushed there itself.
      const args = ["push", "--quiet", "--no-verify", "--", rig.repoUrl, `+${head}:refs/heads/${branch}`];
      await withPatience(signal, (cutOff) => git(repository, args, { signal: cutOff }));
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
