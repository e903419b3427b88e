import { rm } from "node:fs/promises";
import { join, sep } from "node:path";
import { removeTree } from "./agent-files.ts";
import { entriesOf, readRegular } from "./untrusted-files.ts";

/**
 * Puts in order what a former boot left in the state directory for git; nothing may run there any more. What the host
 * itself made is made again when it is needed. The folders of attempts stay, with all that is unsaved in them; and so does,
 * as long as one of them is a worktree of it, a repository that all agents of a rig once shared.
 */
export async function tidyFormerGit(state: string): Promise<void> {
  for (const made of ["git", "land"]) await removeTree(join(state, made));
  const shared = await foldersIn(join(state, "rigs"), 2, (name) => name.endsWith(".git"));
  if (shared.length === 0) return;
  const folders = await foldersIn(join(state, "work"), 3, () => true);
  const pointers = await Promise.all(folders.map((folder) => readRegular(join(folder, ".git"), 4_096)));
  for (const repository of shared) {
    const isNeeded = pointers.some((pointer) => pointer?.startsWith(`gitdir: ${repository}${sep}`));
    if (!isNeeded) await rm(repository, { recursive: true, force: true });
  }
}

/** The folders so many levels down whose own name will do. */
async function foldersIn(root: string, levels: number, fits: (name: string) => boolean): Promise<string[]> {
  const found = (await entriesOf(root)).filter(({ isFolder }) => isFolder);
  if (levels === 1) return found.filter(({ name }) => fits(name)).map(({ name }) => join(root, name));
  const below = await Promise.all(found.map(({ name }) => foldersIn(join(root, name), levels - 1, fits)));
  return below.flat();
}
