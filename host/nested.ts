import { mkdir, rename } from "node:fs/promises";
import { join, sep } from "node:path";
import { git } from "./git.ts";
import { walkTree } from "./tree-walk.ts";
import { readRegular } from "./untrusted-files.ts";
import type { Workshop } from "./workshops.ts";

/** What became of the repositories that an agent made inside its working copy. */
type Nested = {
  /** Folders whose files are ordinary ones from now on. */
  taken: string[];
  /** Other work trees of the agent's own repository: their files are in it already. */
  left: string[];
  /** What git would have waited for. */
  snares: string[];
};

/**
 * Makes ordinary folders of the repositories inside a working copy: git would take each for a pointer to a commit that is
 * nowhere else, and its files would be lost. Their git directories are put aside, where they don't count; those of
 * submodules stay. Pipes and devices under names that git reads are put aside as well.
 *
 * @throws StepFailure as `walkTree`
 */
export async function openNested(workshop: Workshop, signal: AbortSignal): Promise<Nested> {
  const { host, base } = workshop;
  const { repositories, snares } = await walkTree(host.workTree, signal);
  const nested: Nested = { taken: [], left: [], snares };
  const aside = join(host.gitDir, "nested");
  await mkdir(aside, { recursive: true, mode: 0o700 });
  for (const [index, path] of snares.entries()) await rename(join(host.workTree, path), join(aside, `snare-${index}`));
  if (repositories.length === 0) return nested;
  const submodules = gitlinksIn(await git(host, ["ls-tree", "-r", "-z", base], { signal }));
  const linked = gitlinksIn(await git(host, ["ls-files", "--stage", "-z"], { signal }));
  for (const folder of repositories) {
    if (submodules.has(folder)) continue;
    const pointer = await readRegular(join(host.workTree, folder, ".git"), 4_096);
    if (pointer?.startsWith(`gitdir: ${join(host.workTree, ".git", "worktrees")}${sep}`)) {
      nested.left.push(folder);
      continue;
    }
    await rename(join(host.workTree, folder, ".git"), join(aside, String(nested.taken.length)));
    nested.taken.push(folder);
  }
  const pointers = nested.taken.filter((folder) => linked.has(folder));
  if (pointers.length > 0) {
    const stdin = pointers.map((path) => `${path}\0`).join("");
    await git(host, ["update-index", "--force-remove", "-z", "--stdin"], { stdin, signal });
  }
  return nested;
}

/** The paths that stand for commits of other repositories, in what `ls-tree` and `ls-files --stage` list. */
function gitlinksIn(listed: string): Set<string> {
  const lines = listed.split("\0").filter((line) => line.startsWith("160000 "));
  return new Set(lines.map((line) => line.slice(line.indexOf("\t") + 1)));
}
