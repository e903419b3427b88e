import type { RigSpec } from "../src/ports/protocol.ts";
import { GitError, git, gitIdentity, gitSays } from "./git.ts";
import { type Outcome, rejected, StepFailure } from "./outcomes.ts";
import { withPatience } from "./push-patience.ts";

/**
 * Rebases the worktree's HEAD onto a commit. Empty commits are left out.
 *
 * @returns the resulting commit, or a `conflict` rejection
 * @throws StepFailure `rebase_failed` for anything but a conflict
 */
export async function rebase(cwd: string, onto: string, town: string, signal: AbortSignal): Promise<string | Outcome> {
  const options = { cwd, env: gitIdentity("townkeeper", town), signal };
  if (await mergedAlready(cwd, onto)) return (await git(["rev-parse", "--verify", "HEAD^{commit}"], options)).trim();
  const flags = ["--quiet", "--empty=drop", "--no-keep-empty", "--no-autosquash", "--no-autostash", "--no-verify"];
  // What is up to date already git leaves as it is, empty commits included, unless forced.
  if (await hasEmptyCommit(cwd, onto)) flags.push("--force-rebase");
  try {
    await git(["rebase", ...flags, onto], options);
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    const files = await conflictingFiles(cwd);
    if (files.length === 0) throw new StepFailure("unreachable", "rebase_failed", error.message);
    const named = `${files.slice(0, 20).join(", ")}${files.length > 20 ? `, and ${files.length - 20} more` : ""}`;
    return rejected("conflict", `Conflicts with the default branch in ${named}`, error.output);
  }
  return (await git(["rev-parse", "--verify", "HEAD^{commit}"], options)).trim();
}

/** Whoever resolved conflicts by a merge has done what a rebase would undo, and ask for again. */
async function mergedAlready(cwd: string, onto: string): Promise<boolean> {
  if (!(await gitSays(["merge-base", "--is-ancestor", onto, "HEAD"], { cwd }))) return false;
  return (await git(["rev-list", "--merges", "--max-count=1", `${onto}..HEAD`], { cwd })).trim() !== "";
}

/** Whether a commit that comes straight after `onto` changes nothing against the one before. */
async function hasEmptyCommit(cwd: string, onto: string): Promise<boolean> {
  const before = await git(["rev-parse", `${onto}^{tree}`], { cwd });
  const trees = await git(["log", "--reverse", "--topo-order", "--format=%T", `${onto}..HEAD`], { cwd });
  const inOrder = [before.trim(), ...trees.split("\n").filter((tree) => tree !== "")];
  return inOrder.some((tree, index) => index > 0 && tree === inOrder[index - 1]);
}

async function conflictingFiles(cwd: string): Promise<string[]> {
  const names = await git(["diff", "--name-only", "--diff-filter=U", "-z"], { cwd }).catch(() => "");
  return names.split("\0").filter((name) => name !== "");
}

/**
 * Pushes to the default branch, never by force.
 *
 * @returns false if the branch has moved, or the answer was lost: fetch and look
 * @throws StepFailure `push_failed` if the remote will not have it
 */
export async function pushLanding(cwd: string, rig: RigSpec, head: string, signal: AbortSignal): Promise<boolean> {
  const ref = `refs/heads/${rig.defaultBranch}`;
  try {
    const args = ["push", "--quiet", "--no-verify", "--", rig.repoUrl, `${head}:${ref}`];
    await withPatience(signal, (cutOff) => git(args, { cwd, signal: cutOff }));
    return true;
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    if (/\[remote rejected\]/.test(error.output) && !/cannot lock ref|failed to update ref/.test(error.output)) {
      throw new StepFailure("unreachable", "push_failed", error.message);
    }
    if (/\[rejected\]|cannot lock ref|failed to update ref/.test(error.output)) return false;
    throw new StepFailure("unreachable", "push_failed", error.message);
  }
}

/** Deletes the bead's branches from the remote. */
export async function deleteBranches(cwd: string, rig: RigSpec, bead: string): Promise<void> {
  const prefix = "refs/remotes/origin/";
  const listed = await git(["for-each-ref", "--format=%(refname)", `${prefix}town/${bead}/`], { cwd });
  const refs = listed
    .split("\n")
    .filter((name) => name.startsWith(prefix))
    .map((name) => `:refs/heads/${name.slice(prefix.length)}`);
  if (refs.length > 0) await git(["push", "--quiet", "--no-verify", "--", rig.repoUrl, ...refs], { cwd });
}
