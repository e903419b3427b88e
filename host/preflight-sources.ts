import { lfsMissing, usesLfs } from "./lfs.ts";
import { BadSubmodule, type Sources, submodulesOf } from "./submodules.ts";

/**
 * What of a rig's files is not in its own repository and can't be had here: contents in LFS, submodules.
 *
 * @returns null if all of it can
 * @throws StepFailure, GitError where a remote can't be reached
 */
export async function sourceMissing(
  { rigs, town, rig }: Sources,
  head: string,
  signal: AbortSignal,
): Promise<{ detail: string; hint: string } | null> {
  const mirror = rigs.mirror(town, rig);
  const noLfs = (await usesLfs(mirror, head, signal)) ? lfsMissing() : null;
  if (noLfs) return { detail: `the rig keeps files in Git LFS, and ${noLfs}`, hint: "Install git-lfs on the host." };
  try {
    for (const { path, url, commit } of await submodulesOf(mirror, head, rig.repoUrl, signal)) {
      const theirs = await rigs.bring(town, { ...rig, repoUrl: url }, commit, signal);
      if (!theirs) throw new BadSubmodule(`${path} is to be at commit ${commit}, which ${url} does not have`);
      const none = (await usesLfs(theirs, commit, signal)) ? lfsMissing() : null;
      if (none) return { detail: `${path} keeps files in Git LFS, and ${none}`, hint: "Install git-lfs on the host." };
    }
    return null;
  } catch (error) {
    if (!(error instanceof BadSubmodule)) throw error;
    return { detail: error.message, hint: "Mend the rig's .gitmodules, or have it say update = none there." };
  }
}
