import { branchesOf } from "../src/lib/branch.ts";
import type { RigSpec } from "../src/protocol/common.ts";
import { GitError, git, gitIdentity, gitSays, type Repository } from "./git.ts";
import type { Heads, Workspace } from "./git-folders.ts";
import { type Outcome, rejected, StepFailure } from "./outcomes.ts";
import { contentMessage, deleteBranch, placeFailure, push } from "./push.ts";

/**
 * Rebases the commits of the checked out HEAD onto another. Empty commits are left out.
 *
 * @param base where the commits begin, if that is no longer in the history of `onto`: what is left of it must not come back
 * @returns the resulting commit, or a `conflict` rejection
 * @throws StepFailure `rebase_failed` for anything but a conflict
 */
export async function rebase(
  host: Workspace,
  { onto, base }: { onto: string; base: string | null },
  town: string,
  signal: AbortSignal,
): Promise<string | Outcome> {
  const options = { env: gitIdentity("townkeeper", town), signal };
  const current = async () => (await git(host, ["rev-parse", "--verify", "HEAD^{commit}"], options)).trim();
  if (base === null && (await mergedAlready(host, onto))) return current();
  const flags = ["--quiet", "--empty=drop", "--no-keep-empty", "--no-autosquash", "--no-autostash", "--no-verify"];
  // What is up to date already git leaves as it is, empty commits included, unless forced.
  if (base === null && (await hasEmptyCommit(host, onto))) flags.push("--force-rebase");
  try {
    await git(host, ["rebase", ...flags, ...(base === null ? [onto] : [`--onto=${onto}`, base])], options);
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    const files = await conflictingFiles(host);
    if (files.length === 0) throw new StepFailure("unreachable", "rebase_failed", error.message);
    const named = `${files.slice(0, 20).join(", ")}${files.length > 20 ? `, and ${files.length - 20} more` : ""}`;
    return rejected("conflict", `Conflicts with the default branch in ${named}`, error.output);
  }
  return current();
}

/** The commits of a branch that change the same as commits of a head which the branch does not have. */
export async function sameOn(host: Workspace, branch: string, head: string, signal: AbortSignal): Promise<string[]> {
  const args = ["rev-list", "--cherry-mark", "--left-only", "--no-merges", `${branch}...${head}`];
  const listed = (await git(host, args, { signal })).split("\n");
  return listed.filter((line) => line.startsWith("=")).map((line) => line.slice(1));
}

/** Conflicts that an agent resolved by a merge would be undone by a rebase, and asked for again. */
async function mergedAlready(host: Workspace, onto: string): Promise<boolean> {
  if (!(await gitSays(host, ["merge-base", "--is-ancestor", onto, "HEAD"]))) return false;
  return (await git(host, ["rev-list", "--merges", "--max-count=1", `${onto}..HEAD`])).trim() !== "";
}

/** Whether a commit that comes straight after `onto` changes nothing against the one before. */
async function hasEmptyCommit(host: Workspace, onto: string): Promise<boolean> {
  const before = await git(host, ["rev-parse", `${onto}^{tree}`]);
  const trees = await git(host, ["log", "--reverse", "--topo-order", "--format=%T", `${onto}..HEAD`]);
  const inOrder = [before.trim(), ...trees.split("\n").filter((tree) => tree !== "")];
  return inOrder.some((tree, index) => index > 0 && tree === inOrder[index - 1]);
}

async function conflictingFiles(host: Workspace): Promise<string[]> {
  const names = await git(host, ["diff", "--name-only", "--diff-filter=U", "-z"]).catch(() => "");
  return names.split("\0").filter((name) => name !== "");
}

/** A commit to be landed, the one that it comes after, and a branch that is the landing's own. */
type Landed = { head: string; tip: string; ownBranch: string };

/**
 * Pushes to the default branch, never by force.
 *
 * @returns null if the branch has moved: fetch and look. Else what became of it
 * @throws StepFailure `rig_trouble` for a branch that takes nothing, `push_failed` where the remote was not heard
 */
export async function pushLanding(
  repository: Repository,
  rig: RigSpec,
  landed: Landed,
  signal: AbortSignal,
): Promise<Outcome | null> {
  const { head } = landed;
  const refusal = await push(repository, rig, { commit: head, branch: rig.defaultBranch, force: false }, signal);
  if (!refusal) return { kind: "landed", head };
  if (refusal.kind === "raced") return null;
  const isUnknown = refusal.kind === "unknown" && !signal.aborted;
  const kind = isUnknown ? await whose(repository, rig, landed, signal) : refusal.kind;
  if (kind === "content") return rejected("declined", contentMessage(refusal), "");
  if (kind === "place") throw placeFailure(refusal, rig, rig.defaultBranch);
  throw new StepFailure("unreachable", "push_failed", `The landing could not be pushed: ${refusal.words}`);
}

/** A no in unknown words is tested: a commit that is taken as a branch of its own is declined for the place it was to go to. */
async function whose(
  repository: Repository,
  rig: RigSpec,
  { head, tip, ownBranch }: Landed,
  signal: AbortSignal,
): Promise<"content" | "place"> {
  const isTaken = (commit: string) => push(repository, rig, { commit, branch: ownBranch, force: true }, signal);
  const refusal = await isTaken(head);
  // Where not even what the remote has already is taken, the bead's work is not what it minds.
  const isContent = refusal !== null && (refusal.kind === "content" || (await isTaken(tip)) === null);
  await deleteBranch(repository, rig, ownBranch);
  return isContent ? "content" : "place";
}

/** Deletes the bead's branches from the remote. */
export async function deleteBranches(mirror: Repository, rig: RigSpec, bead: string, heads: Heads): Promise<void> {
  const own = [...heads.keys()].filter((name) => name.startsWith(branchesOf(bead, rig.branchPrefix)));
  const refs = own.map((name) => `:refs/heads/${name}`);
  if (refs.length > 0) await git(mirror, ["push", "--quiet", "--no-verify", "--", rig.repoUrl, ...refs]);
}
