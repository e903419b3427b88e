import { appendFileSync, constants, existsSync, mkdirSync, symlinkSync } from "node:fs";
import { copyFile, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { commandMissing } from "./exec-driver.ts";
import { GitError, git, gitSays, type Repository } from "./git.ts";
import { quoted, type Workspace } from "./git-folders.ts";
import { StepFailure } from "./outcomes.ts";
import type { Sources } from "./submodules.ts";

/** How files that are kept in LFS are written and read. */
const FILTER = `[filter "lfs"]
\tclean = git-lfs clean -- %f
\tsmudge = git-lfs smudge -- %f
\tprocess = git-lfs filter-process
\trequired = true
`;

/** Whether some of a commit's files are kept in LFS. */
export function usesLfs(repository: Repository, commit: string, signal: AbortSignal): Promise<boolean> {
  const where = [commit, "--", ":(top,glob)**/.gitattributes"];
  return gitSays(repository, ["grep", "--quiet", "--fixed-strings", "-e", "filter=lfs", ...where], { signal });
}

/** Why this host can't work on files that are kept in LFS, or null. */
export const lfsMissing = (): string | null => commandMissing("git-lfs", process.env.PATH);

/** Whether a git directory of the host's reads and writes files of LFS. */
export const hasLfs = ({ gitDir }: Repository): boolean => existsSync(join(gitDir, "lfs"));

/**
 * Has a git directory of the host's read and write files of LFS. What is downloaded is kept beside the rig's mirror, for all
 * who come after; what a working copy says of servers is not read, since git is told of none.
 *
 * @throws StepFailure `lfs_missing`
 */
export function enableLfs(host: Workspace, { rigs, town, rig }: Sources): void {
  if (hasLfs(host)) return;
  if (lfsMissing()) {
    const message = "The rig keeps files in Git LFS, and git-lfs is not on this host's PATH. Install it there.";
    throw new StepFailure("refused", "lfs_missing", message);
  }
  const store = join(rigs.mirror(town, rig).gitDir, "lfs-store");
  mkdirSync(store, { recursive: true, mode: 0o700 });
  symlinkSync(store, join(host.gitDir, "lfs"));
  appendFileSync(join(host.gitDir, "config"), `${FILTER}[remote "origin"]\n\turl = ${quoted(rig.repoUrl)}\n`);
}

/**
 * The same, where a commit needs it, with what it needs downloaded.
 *
 * @throws StepFailure `lfs_missing`, `lfs_failed`
 */
export async function bringLfs(sources: Sources, host: Workspace, commit: string, signal: AbortSignal): Promise<void> {
  if (!(await usesLfs(host, commit, signal))) return;
  enableLfs(host, sources);
  await fetchLfs(host, commit, signal);
}

/**
 * Downloads what a commit's files need and is not here yet.
 *
 * @throws StepFailure `lfs_failed`
 */
export async function fetchLfs({ gitDir }: Workspace, commit: string, signal: AbortSignal): Promise<void> {
  try {
    await git({ gitDir }, ["lfs", "fetch", "origin", commit], { signal });
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    throw new StepFailure(
      "unreachable",
      "lfs_failed",
      `Files that are kept in LFS could not be downloaded. ${error.message}`,
    );
  }
}

/** Gives an agent's or gate's own repository the filter, and copies of what its commit's files need. */
export async function giveLfs(host: Workspace, commit: string, signal: AbortSignal): Promise<void> {
  const own = join(host.workTree, ".git");
  appendFileSync(join(own, "config"), FILTER);
  const listed = await git({ gitDir: host.gitDir }, ["lfs", "ls-files", "--long", commit], { signal });
  const ids = new Set([...listed.matchAll(/^([0-9a-f]{64}) /gm)].map(([, id = ""]) => id));
  for (const id of ids) {
    const to = objectPath(own, id);
    await mkdir(dirname(to), { recursive: true });
    await copyFile(objectPath(host.gitDir, id), to, constants.COPYFILE_FICLONE);
  }
}

/** Where a git directory keeps the content of this SHA-256. */
export const objectPath = (gitDir: string, id: string): string =>
  join(gitDir, "lfs/objects", id.slice(0, 2), id.slice(2, 4), id);
