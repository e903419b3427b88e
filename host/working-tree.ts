import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { git } from "./git.ts";
import type { Workspace } from "./git-folders.ts";
import { enableLfs, usesLfs } from "./lfs.ts";
import { maxControlBytes } from "./limits.ts";
import { openNested } from "./nested.ts";
import { readBytes, readRegular } from "./untrusted-files.ts";
import { checkSizes } from "./work-size.ts";
import type { Workshop } from "./workshops.ts";

/**
 * The tree that a working copy's files make, all that is not ignored, as of the commit that is checked out there. The host's
 * own index says what changed, so nothing that the agent told its repository hides a file; and a file that would only be
 * written another way, by its line ends say, counts as it was.
 *
 * @param tree the commit's
 * @returns the tree, and what is to be said of how it came about
 * @throws GitError; StepFailure as `openNested` and `checkSizes`
 */
export async function treeOfFiles(
  workshop: Workshop,
  { commit, tree }: { commit: string; tree: string },
  signal: AbortSignal,
): Promise<{ tree: string; notes: string[] }> {
  const { host, start } = workshop;
  await rm(join(host.gitDir, "index.lock"), { force: true });
  if (commit !== start) await git(host, ["read-tree", "--reset", commit], { signal });
  const { taken, left, submodules, snares } = await openNested(workshop, signal);
  if (await wantsLfs(workshop, commit, signal)) enableLfs(host, workshop.sources);
  const excluded = [...left, ...submodules.keys()].map((folder) => `:(top,exclude,literal)${folder}`);
  const pathspecs = [":/", ...excluded];
  await checkSizes(host, pathspecs, signal);
  const isSparse = await leftSparse(host);
  const how = isSparse ? "--ignore-removal" : "--all";
  await git(host, ["-c", "advice.addEmbeddedRepo=false", "add", how, "--", ...pathspecs], { signal });
  if (submodules.size > 0) {
    const stdin = [...submodules].map(([path, at]) => `160000 ${at}\t${path}\0`).join("");
    await git(host, ["update-index", "-z", "--index-info"], { stdin, signal });
  }
  let made = (await git(host, ["write-tree"], { signal })).trim();
  if (made !== tree && (await takeBackConversions(workshop, tree, made, signal))) {
    made = (await git(host, ["write-tree"], { signal })).trim();
  }
  const notes = [
    ...taken.map((it) => `${it} was a repository of its own: its files are taken as they are, its history is not.`),
    ...snares.map((it) => `${it} was a pipe or a device: it was left out.`),
  ];
  if (isSparse) notes.push("A sparse checkout was left: files that it hides are not taken for removed.");
  return { tree: made, notes };
}

/** Whether the agent has begun to keep files in LFS. */
async function wantsLfs({ host, start }: Workshop, commit: string, signal: AbortSignal): Promise<boolean> {
  const attributes = await readRegular(join(host.workTree, ".gitattributes"), maxControlBytes);
  return attributes?.includes("filter=lfs") || (commit !== start && (await usesLfs(host, commit, signal)));
}

/** Whether the agent had git hide files that are not in its way: what is not there is not removed, then. */
async function leftSparse({ workTree }: Workspace): Promise<boolean> {
  const patterns = await readRegular(join(workTree, ".git/info/sparse-checkout"), maxControlBytes);
  return patterns !== null && patterns.trim() !== "";
}

type Change = { mode: string; was: string; path: string };

/**
 * Files that stand as a checkout would write them were not changed, also where git calls them so by the attributes.
 *
 * @returns whether there were any
 */
async function takeBackConversions(
  { host }: Workshop,
  before: string,
  after: string,
  signal: AbortSignal,
): Promise<boolean> {
  const listed = await git(host, ["diff-tree", "-r", "-z", "--no-renames", "--diff-filter=M", before, after], {
    encoding: "latin1",
    signal,
  });
  const changes = [...listed.matchAll(/:(100\d+) \1 ([0-9a-f]+) [0-9a-f]+ M\0([^\0]+)\0/g)].map(
    ([, mode = "", was = "", path = ""]): Change => ({ mode, was, path }),
  );
  if (changes.length === 0) return false;
  const folder = join(host.gitDir, "checked-out");
  const stdin = changes.map(({ path }) => `${path}\0`).join("");
  // The host's own index may have the files by now: what an earlier try had not committed, or a take-in that was cut short.
  const env = { GIT_INDEX_FILE: join(host.gitDir, "index.before") };
  await git(host, ["read-tree", before], { env, signal });
  const args = ["checkout-index", "--force", "-z", "--stdin", `--prefix=${folder}/`];
  await git(host, args, { stdin, encoding: "latin1", env, signal });
  const same: Change[] = [];
  for (const change of changes) if (await isSame(folder, host.workTree, change.path)) same.push(change);
  await rm(folder, { recursive: true, force: true });
  if (same.length === 0) return false;
  const entries = same.map(({ mode, was, path }) => `${mode} ${was}\t${path}\0`).join("");
  await git(host, ["update-index", "-z", "--index-info"], { stdin: entries, encoding: "latin1", signal });
  return true;
}

async function isSame(folder: string, workTree: string, path: string): Promise<boolean> {
  const at = (root: string) => Buffer.concat([Buffer.from(`${root}/`), Buffer.from(path, "latin1")]);
  const expected = await readFile(at(folder)).catch(() => null);
  if (!expected) return false;
  const found = await readBytes(at(workTree), expected.length);
  return found?.equals(expected) ?? false;
}
