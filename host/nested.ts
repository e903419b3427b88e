import { mkdir, rename } from "node:fs/promises";
import { join, sep } from "node:path";
import { git } from "./git.ts";
import { maxTreeEntries } from "./limits.ts";
import { StepFailure } from "./outcomes.ts";
import { entriesOf, readRegular } from "./untrusted-files.ts";
import type { Workshop } from "./workshops.ts";

/** What became of the repositories that an agent made inside its working copy. */
type Nested = {
  /** Folders whose files are ordinary ones from now on. */
  taken: string[];
  /** Other work trees of the agent's own repository: their files are in it already. */
  left: string[];
};

/**
 * Makes ordinary folders of the repositories inside a working copy: git would take each for a pointer to a commit that is
 * nowhere else, and its files would be lost. Their git directories are put aside, where they don't count; those of
 * submodules stay.
 *
 * @throws StepFailure `too_many_files`
 */
export async function openNested(workshop: Workshop, signal: AbortSignal): Promise<Nested> {
  const { host, base } = workshop;
  const found = await nestedIn(host.workTree, signal);
  const nested: Nested = { taken: [], left: [] };
  if (found.length === 0) return nested;
  const submodules = gitlinksIn(await git(host, ["ls-tree", "-r", "-z", base], { signal }));
  const linked = gitlinksIn(await git(host, ["ls-files", "--stage", "-z"], { signal }));
  const aside = join(host.gitDir, "nested");
  await mkdir(aside, { recursive: true, mode: 0o700 });
  for (const folder of found) {
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

/** Folders below the root that have a `.git`, whatever that is; not those inside of another's. */
async function nestedIn(root: string, signal: AbortSignal): Promise<string[]> {
  const [found, folders]: [string[], string[]] = [[], [""]];
  let left = maxTreeEntries;
  for (const folder of folders) {
    signal.throwIfAborted();
    const entries = await entriesOf(join(root, folder));
    left -= entries.length;
    if (left < 0) throw tooManyFiles();
    if (folder !== "" && entries.some(({ name }) => name === ".git")) found.push(folder);
    for (const { name, isFolder } of entries) {
      if (isFolder && name !== ".git") folders.push(folder === "" ? name : `${folder}/${name}`);
    }
  }
  return found;
}

function tooManyFiles(): StepFailure {
  const message = `The agent's working copy holds more than ${maxTreeEntries} files. Have it tidy up after itself.`;
  return new StepFailure("agent_failed", "too_many_files", message);
}
