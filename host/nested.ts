import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { lstat, mkdir, rename, writeFile } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import { readAgentRefs } from "./agent-refs.ts";
import { git } from "./git.ts";
import { writeGitDir } from "./git-folders.ts";
import { enableLfs, usesLfs } from "./lfs.ts";
import { maxControlBytes } from "./limits.ts";
import { StepFailure } from "./outcomes.ts";
import { remove } from "./state-files.ts";
import { BadSubmodule, declaredBy, gitlinksIn, innerOf } from "./submodules.ts";
import { walkTree } from "./tree-walk.ts";
import { entriesOf, readRegular } from "./untrusted-files.ts";
import type { Workshop } from "./workshops.ts";

/** What became of the repositories that an agent made, or was given, inside its working copy. */
type Nested = {
  /** Folders whose files are ordinary ones from now on. */
  taken: string[];
  /** Other work trees of the agent's own repository: their files are in it already. */
  left: string[];
  /** Submodules, and the commit that each stands at. */
  submodules: Map<string, string>;
  /** What git would have waited for. */
  snares: string[];
};

/**
 * Makes ordinary folders of the repositories inside a working copy: git would take each for a pointer to a commit that is
 * nowhere else, and its files would be lost. Their git directories are put aside, where they don't count; those of
 * submodules stay. Pipes and devices under names that git reads are put aside as well.
 *
 * @throws StepFailure `submodule_dirty` if one holds what no commit has; as `walkTree`
 */
export async function openNested(workshop: Workshop, signal: AbortSignal): Promise<Nested> {
  const { host, aside } = workshop;
  const { repositories, snares } = await walkTree(host.workTree, signal);
  const nested: Nested = { taken: [], left: [], submodules: new Map(), snares };
  await mkdir(aside, { recursive: true, mode: 0o700 });
  for (const path of snares) await rename(join(host.workTree, path), placeFor(aside, path));
  const linked = gitlinksIn(await git(host, ["ls-files", "--stage", "-z"], { signal }));
  for (const path of linked.keys()) {
    if (repositories.includes(path)) continue;
    // By a take-in that was cut short.
    if (existsSync(placeFor(aside, path))) nested.taken.push(path);
    else await expectEmpty(host.workTree, path);
  }
  const declared = repositories.length === 0 ? new Map() : await declaredPaths(workshop, signal);
  for (const folder of repositories) {
    if ([...nested.submodules.keys()].some((outer) => folder.startsWith(`${outer}/`))) continue;
    const gitDir = await gitDirOf(host.workTree, folder);
    const refs = gitDir !== null && declared.has(folder) ? await readAgentRefs(gitDir) : null;
    if (refs?.head && refs.head.length === workshop.base.length) {
      await expectClean(workshop, { path: folder, url: declared.get(folder) ?? "", commit: refs.head }, signal);
      nested.submodules.set(folder, refs.head);
    } else if (await isOtherWorktree(host.workTree, gitDir)) nested.left.push(folder);
    else {
      await rename(join(host.workTree, folder, ".git"), placeFor(aside, folder));
      nested.taken.push(folder);
    }
  }
  const pointers = nested.taken.filter((folder) => linked.has(folder));
  if (pointers.length > 0) {
    const stdin = pointers.map((path) => `${path}\0`).join("");
    await git(host, ["update-index", "--force-remove", "-z", "--stdin"], { stdin, signal });
  }
  return nested;
}

/** Where what lay at a path is put: of that path alone, so that it can be told later what was there. */
const placeFor = (aside: string, path: string): string =>
  join(aside, createHash("sha256").update(path).digest("hex").slice(0, 32));

/** Path → URL of the submodules that the working copy declares; none if that can't be followed: what follows refuses it. */
async function declaredPaths({ host, sources }: Workshop, signal: AbortSignal): Promise<Map<string, string>> {
  const text = await readRegular(join(host.workTree, ".gitmodules"), maxControlBytes);
  if (text === null) return new Map();
  const copy = join(host.gitDir, "gitmodules");
  await writeFile(copy, text);
  try {
    const declared = await declaredBy(host, ["--file", copy], sources.rig.repoUrl, signal);
    return new Map(declared.map(({ path, url }) => [path, url]));
  } catch (error) {
    if (error instanceof BadSubmodule) return new Map();
    throw error;
  }
}

/** Where a folder's `.git` leads to, if that is inside the working copy; nothing of it is read but a pointer. */
async function gitDirOf(root: string, folder: string): Promise<string | null> {
  const own = join(root, folder, ".git");
  if ((await lstat(own).catch(() => null))?.isDirectory()) return own;
  const pointer = /^gitdir: (.+?)\s*$/.exec((await readRegular(own, 4_096)) ?? "")?.[1];
  const found = pointer === undefined ? null : resolve(join(root, folder), pointer);
  return found?.startsWith(join(root, ".git") + sep) ? found : null;
}

/** Git looks at what its `HEAD` is, which might make it wait. */
async function isOtherWorktree(root: string, gitDir: string | null): Promise<boolean> {
  if (!gitDir?.startsWith(join(root, ".git", "worktrees") + sep)) return false;
  return (await readRegular(join(gitDir, "HEAD"), 4_096)) !== null;
}

/** A submodule that is not checked out has an empty folder, or none: git would not see what lies there. */
async function expectEmpty(root: string, path: string): Promise<void> {
  const [first] = await entriesOf(join(root, path));
  if (first) throw dirty(path, first.name);
}

/** Whether a submodule's files are those of its commit; of a commit that its URL does not have, that is found out later. */
async function expectClean(
  { host, sources }: Workshop,
  { path, url, commit }: { path: string; url: string; commit: string },
  signal: AbortSignal,
): Promise<void> {
  const rig = { ...sources.rig, repoUrl: url };
  const mirror = await sources.rigs.bring(sources.town, rig, commit, signal).catch(() => null);
  signal.throwIfAborted();
  if (!mirror) return;
  const inner = innerOf(host, path);
  writeGitDir(inner.gitDir, { head: commit, borrows: [join(mirror.gitDir, "objects")] });
  // Its configuration was just written anew, and says nothing of LFS.
  remove(join(inner.gitDir, "lfs"));
  if (await usesLfs(inner, commit, signal)) enableLfs(inner, { ...sources, rig });
  await git(inner, ["read-tree", "--reset", commit], { signal });
  const status = ["status", "--porcelain", "-z", "--no-renames", "--untracked-files=normal", "--ignore-submodules=all"];
  const [first = ""] = (await git(inner, status, { signal })).split("\0");
  if (first !== "") throw dirty(path, first.slice(3));
}

function dirty(path: string, example: string): StepFailure {
  const message = `${path} is a submodule, and holds what no commit of its repository has (${example}): it would be lost. It must be committed and pushed there, and the pointer be committed here; or it must be left as it was.`;
  return new StepFailure("agent_failed", "submodule_dirty", message);
}
