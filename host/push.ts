import type { RigSpec } from "../src/protocol/common.ts";
import { GitError, git, type Repository } from "./git.ts";
import { StepFailure } from "./outcomes.ts";
import { withPatience } from "./push-patience.ts";
import { type Refusal, readRefusal } from "./push-refusal.ts";

/** What goes where. `force`: over what is there. */
type Push = { commit: string; branch: string; force: boolean };

/**
 * Pushes one commit to one branch of the rig's remote, once.
 *
 * @returns null when it is there, else why not
 */
export async function push(
  repository: Repository,
  rig: RigSpec,
  { commit, branch, force }: Push,
  signal: AbortSignal,
): Promise<Refusal | null> {
  const ref = `refs/heads/${branch}`;
  const args = ["push", "--porcelain", "--no-verify", "--", rig.repoUrl, `${force ? "+" : ""}${commit}:${ref}`];
  try {
    await withPatience(signal, (cutOff) => git(repository, args, { signal: cutOff }));
    return null;
  } catch (error) {
    if (error instanceof GitError) return readRefusal(error.output, ref);
    throw error;
  }
}

/** Takes a branch away again. @returns whether the remote let us */
export async function deleteBranch(repository: Repository, rig: RigSpec, branch: string): Promise<boolean> {
  const args = ["push", "--quiet", "--no-verify", "--", rig.repoUrl, `:refs/heads/${branch}`];
  return git(repository, args).then(
    () => true,
    () => false,
  );
}

/** What a person, or the next agent, is told of content that the remote will not have. */
export const contentMessage = ({ code, words }: Refusal): string =>
  `The remote declined what is in the branch (${code}). It said:\n${words}`;

/** A place that takes nothing that it is offered: the rig's trouble, with what mends it. */
export function placeFailure({ code, words }: Refusal, rig: RigSpec, branch: string): StepFailure {
  const said = /[.!?:)]$/.test(words) ? words : `${words}.`;
  const message = `The remote takes no push to ${branch} (${code}): ${said}\n${mending(code, rig, branch)}`;
  return new StepFailure("rig_trouble", code, message);
}

/** How such a place is mended. */
export function mending(code: string, { repoUrl, defaultBranch }: RigSpec, branch: string): string {
  switch (code) {
    case "checked_out":
      return `The repository has ${branch} checked out. Run there: ${repoUrl.startsWith("/") ? `git -C ${repoUrl}` : "git"} config receive.denyCurrentBranch updateInstead`;
    case "declined":
      return "A rule of the remote's own, mostly a hook, says so: do as it says, or change that rule.";
    case "protected":
      return branch === defaultBranch
        ? `Let this host's user push to ${branch}, or name a branch to land on that it may push to (the rig's defaultBranch).`
        : `Let this host's user push branches such as ${branch}.`;
    case "branch_blocked":
      return `Rename the branch of the remote that is in the way of ${branch}.`;
    case "branch_name":
      return `Let the remote take branches such as ${branch}.`;
    case "unsigned":
      return "Let the remote take commits without a signature from this host's user.";
    case "remote_full":
      return "Make room in the remote repository.";
    case "gone":
    case "archived":
    case "read_only":
      return "Mend the remote repository, or give the rig's new address (repoUrl).";
    default:
      return "Give this host's user the right to push there (ssh key, credential helper).";
  }
}
