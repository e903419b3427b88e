import { randomUUID } from "node:crypto";
import { lstatSync } from "node:fs";
import { join } from "node:path";
import { BRANCH_PREFIX } from "../src/lib/branch.ts";
import type { RigSpec } from "../src/protocol/common.ts";
import { git, type Repository } from "./git.ts";
import type { Heads } from "./git-folders.ts";
import { deleteBranch, mending, push } from "./push.ts";
import { defaultHeadOf, type Rigs } from "./rigs.ts";

/**
 * What is wrong with pushing to a rig's remote, and how it is mended; null: nothing. `detail` is for a person either way.
 * `isContent`: what is in the default branch is not taken on another; what an agent makes may be.
 */
export type Found = { detail: string; hint: string | null; code?: string; isContent?: true };

/**
 * Finds out for real whether the remote takes branches of attempts: one is pushed, and deleted. And whether the default branch
 * can be landed on, as far as that can be known without landing.
 *
 * @throws StepFailure if the remote has no default branch
 */
export async function checkPush(rigs: Rigs, town: string, rig: RigSpec, signal: AbortSignal): Promise<Found> {
  const [mirror, heads] = [rigs.mirror(town, rig), await rigs.heads(town, rig)];
  return tryPush(mirror, rig, { heads, head: defaultHeadOf(heads, rig) }, signal);
}

/** @param head the default branch's commit, which the repository has */
export async function tryPush(
  repository: Repository,
  rig: RigSpec,
  { heads, head }: { heads: Heads; head: string },
  signal: AbortSignal,
): Promise<Found> {
  const prefix = rig.branchPrefix ?? BRANCH_PREFIX;
  const blocking = inTheWayOf(prefix, heads);
  if (blocking !== null) {
    const detail = `The remote's branch ${blocking} is in the way of branches below ${prefix}.`;
    const hint = "Rename it there, or have attempts push elsewhere: the town's setting branchPrefix.";
    return { detail, hint, code: "branch_blocked" };
  }
  const branch = `${prefix}preflight/${randomUUID().slice(0, 8)}`;
  const refusal = await push(repository, rig, { commit: head, branch, force: true }, signal);
  if (refusal) {
    const detail = `The remote took no branch ${branch} (${refusal.code}): ${refusal.words}`;
    const isPlace = refusal.kind !== "network" && refusal.kind !== "content";
    const code = refusal.kind === "network" ? "push_failed" : refusal.code;
    const hint = isPlace ? mending(refusal.code, rig, branch) : "Mend what it says.";
    return { detail, hint, code, ...(refusal.kind === "content" && { isContent: true }) };
  }
  const isGone = await deleteBranch(repository, rig, branch);
  const checkedOut = await checkedOutIn(rig, signal);
  if (checkedOut)
    return {
      detail: `${rig.defaultBranch} is checked out in ${rig.repoUrl}: nothing can land there.`,
      hint: mending("checked_out", rig, rig.defaultBranch),
      code: "checked_out",
    };
  const left = isGone ? "" : `; it does not let this host delete branches, so ${branch} is still there`;
  const unknown = `whether it takes a push to ${rig.defaultBranch} shows when the first bead lands`;
  return { detail: `the remote takes branches${left}; ${unknown}`, hint: null };
}

/** A branch that lies where the folder of attempts' branches is to be. */
function inTheWayOf(prefix: string, heads: Heads): string | null {
  const parts = prefix.split("/").slice(0, -1);
  const folders = parts.map((_, at) => parts.slice(0, at + 1).join("/"));
  return folders.find((folder) => heads.has(folder)) ?? null;
}

/** Whether people work in the remote itself, and git would decline to move the branch under their feet. */
async function checkedOutIn({ repoUrl, defaultBranch }: RigSpec, signal: AbortSignal): Promise<boolean> {
  const path = repoUrl.startsWith("file:///") ? decodeURIComponent(repoUrl.slice("file://".length)) : repoUrl;
  const gitDir = join(path, ".git");
  if (!path.startsWith("/") || !lstatSync(gitDir, { throwIfNoEntry: false })?.isDirectory()) return false;
  const asked = (args: string[]) =>
    git({ gitDir }, args, { signal }).then(
      (said) => said.trim(),
      () => "",
    );
  if ((await asked(["symbolic-ref", "--quiet", "HEAD"])) !== `refs/heads/${defaultBranch}`) return false;
  const setting = await asked(["config", "--get", "receive.denyCurrentBranch"]);
  return !["updateinstead", "ignore", "warn", "false"].includes(setting.toLowerCase());
}
