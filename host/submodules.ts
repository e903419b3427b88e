import { createHash } from "node:crypto";
import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { type RigSpec, repoUrl } from "../src/protocol/common.ts";
import { GitError, git, type Repository } from "./git.ts";
import { quoted, type Workspace, writeClone, writeGitDir } from "./git-folders.ts";
import { bringLfs, giveLfs, hasLfs } from "./lfs.ts";
import { maxSubmoduleDepth } from "./limits.ts";
import { StepFailure } from "./outcomes.ts";
import type { Rigs } from "./rigs.ts";

/** What `.gitmodules` says of one submodule. */
type Declared = { name: string; path: string; url: string; update: string };

/** A pointer in a commit to a commit of another repository. */
type Submodule = Declared & { commit: string };

/** What a commit says of other repositories can't be followed. The message is for people. */
export class BadSubmodule extends Error {}

/** Where submodules come from: the mirrors of one rig's town, and the URL that theirs may be relative to. */
export type Sources = { rigs: Rigs; town: string; rig: RigSpec };

/**
 * Checks out the submodules of a commit below its work tree, and theirs, each with a repository of its own as the work tree
 * has one already. Their objects are borrowed from mirrors beside the rig's.
 *
 * @returns the object directories that are borrowed
 * @throws StepFailure `submodule_failed`, `lfs_missing`, `lfs_failed`
 */
export async function placeSubmodules(
  sources: Sources,
  host: Workspace,
  commit: string,
  signal: AbortSignal,
  depth = 0,
): Promise<string[]> {
  const borrowed: string[] = [];
  try {
    for (const each of await submodulesOf(host, commit, sources.rig.repoUrl, signal)) {
      if (depth >= maxSubmoduleDepth) throw new BadSubmodule(`${each.path}: submodules are nested too deep`);
      const rig = { ...sources.rig, repoUrl: each.url };
      const mirror = await sources.rigs.bring(sources.town, rig, each.commit, signal);
      if (!mirror) throw new BadSubmodule(`${each.path}: ${each.url} does not have commit ${each.commit}`);
      const inner = innerOf(host, each.path);
      const borrows = [join(mirror.gitDir, "objects")];
      borrowed.push(...borrows);
      mkdirSync(inner.workTree, { recursive: true });
      writeGitDir(inner.gitDir, { head: each.commit, borrows });
      await bringLfs({ ...sources, rig }, inner, each.commit, signal);
      await git(inner, ["read-tree", "-u", "--reset", each.commit], { signal });
      const heads = await sources.rigs.heads(sources.town, rig);
      writeClone(inner, { borrows, url: each.url, main: rig.defaultBranch, heads, commit: each.commit, branch: null });
      if (hasLfs(inner)) await giveLfs(inner, each.commit, signal);
      const known = `[submodule ${quoted(each.name)}]\n\tactive = true\n\turl = ${quoted(each.url)}\n`;
      appendFileSync(join(host.workTree, ".git/config"), known);
      borrowed.push(...(await placeSubmodules({ ...sources, rig }, inner, each.commit, signal, depth + 1)));
    }
    return borrowed;
  } catch (error) {
    if (!(error instanceof BadSubmodule || error instanceof GitError || error instanceof StepFailure)) throw error;
    signal.throwIfAborted();
    if (error instanceof StepFailure && error.code.startsWith("lfs_")) throw error;
    throw new StepFailure("unreachable", "submodule_failed", `A submodule could not be checked out. ${error.message}`);
  }
}

/** The host's git directory for a submodule of a work tree, and the submodule's folder. */
export function innerOf(host: Workspace, path: string): Workspace {
  const name = createHash("sha256").update(path).digest("hex").slice(0, 16);
  return { gitDir: join(host.gitDir, "submodules", name), workTree: join(host.workTree, path) };
}

/**
 * The submodules of a commit that are to be checked out: not those that say `update = none`.
 *
 * @throws BadSubmodule
 */
export async function submodulesOf(
  repository: Repository,
  commit: string,
  url: string,
  signal: AbortSignal,
): Promise<Submodule[]> {
  const wanted = (await declaredIn(repository, commit, url, signal)).filter(({ update }) => update !== "none");
  if (wanted.length === 0) return [];
  const paths = wanted.map(({ path }) => path);
  const listed = await git(repository, ["ls-tree", "-z", "--full-tree", commit, "--", ...paths], { signal });
  const commits = gitlinksIn(listed);
  return wanted.flatMap((each) => {
    const pointsTo = commits.get(each.path);
    return pointsTo ? [{ ...each, commit: pointsTo }] : [];
  });
}

/** Path → commit of the pointers in what `ls-tree -z` or `ls-files --stage -z` lists. */
export function gitlinksIn(listed: string): Map<string, string> {
  const found = listed.matchAll(/(?:^|\0)160000 (?:commit )?([0-9a-f]{40,64})(?: 0)?\t([^\0]+)/g);
  return new Map([...found].map(([, commit = "", path = ""]) => [path, commit]));
}

/**
 * What a commit's `.gitmodules` declares; nothing if there is none.
 *
 * @param url the repository's own, which theirs may be relative to
 * @throws BadSubmodule if it is no file, or can't be followed without danger
 */
export async function declaredIn(
  repository: Repository,
  commit: string,
  url: string,
  signal: AbortSignal,
): Promise<Declared[]> {
  const listed = await git(repository, ["ls-tree", "-z", "--full-tree", commit, "--", ".gitmodules"], { signal });
  if (listed === "") return [];
  if (!listed.startsWith("100")) throw new BadSubmodule(".gitmodules is a link or a folder. It must be a file.");
  return declaredBy(repository, ["--blob", `${commit}:.gitmodules`], url, signal);
}

/** @param from where the text is, as an argument of `git config` */
export async function declaredBy(
  repository: Repository,
  from: readonly string[],
  url: string,
  signal: AbortSignal,
): Promise<Declared[]> {
  const text = await git(repository, ["config", ...from, "-z", "--list"], { signal }).catch((error: unknown) => {
    if (error instanceof GitError) throw new BadSubmodule(`.gitmodules can't be read: ${error.output}`);
    throw error;
  });
  const found = new Map<string, Declared>();
  for (const entry of text.split("\0")) {
    const [, name, key, value = ""] = /^submodule\.([^\n]+)\.(path|url|update)(?:\n(.*))?$/s.exec(entry) ?? [];
    if (name === undefined || key === undefined) continue;
    const declared = found.get(name) ?? { name, path: "", url: "", update: "" };
    found.set(name, { ...declared, [key]: key === "path" ? value.replace(/\/+$/, "") : value });
  }
  return [...found.values()].map((each) => ({ ...each, url: checked(each, url) }));
}

/** The submodule's URL, made absolute. */
function checked({ name, path, url, update }: Declared, base: string): string {
  const refuse = (why: string): never => {
    throw new BadSubmodule(`.gitmodules, submodule ${JSON.stringify(name)}: ${why}`);
  };
  if (!/^[\w.][\w. /@+-]*$/.test(name) || escapes(name)) refuse("its name must be a plain one");
  if (path === "" || path.startsWith("-") || escapes(path)) refuse("its path must lie inside the repository");
  if (update.startsWith("!")) refuse("update must not be a command");
  const absolute = /^\.\.?\//.test(url) ? resolved(base, url) : url;
  const parsed = repoUrl.safeParse(absolute);
  if (!parsed.success) refuse(`its URL can't be used: ${parsed.error.issues[0]?.message ?? "it is none"}`);
  if (isLocal(absolute) && !isLocal(base)) refuse("its URL is a path of this machine, and the rig's own is not");
  return absolute;
}

const escapes = (path: string): boolean =>
  path.split(/[/\\]/).some((part) => part === "" || part === ".." || part === "." || /^\.git$/i.test(part));

const isLocal = (url: string): boolean => url.startsWith("/") || url.startsWith("file://");

/** As git resolves a relative URL: `../` takes one name off the end. */
function resolved(base: string, url: string): string {
  let [root, rest, separator] = [base.replace(/\/+$/, ""), url, "/"];
  for (;;) {
    if (rest.startsWith("./")) rest = rest.slice(2);
    else if (rest.startsWith("../")) {
      const slash = root.lastIndexOf("/");
      const cut = slash >= 0 ? slash : root.lastIndexOf(":");
      separator = slash >= 0 ? "/" : ":";
      root = root.slice(0, Math.max(cut, 0));
      rest = rest.slice(3);
    } else return `${root}${separator}${rest}`;
  }
}
