import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Repository } from "./git.ts";

/** A branch of the remote, and the commit that it pointed to at the last fetch. */
export type Heads = ReadonlyMap<string, string>;

/** A folder that is checked out by the host's own git directory, which lies elsewhere. */
export type Workspace = Repository & { readonly workTree: string };

/** What the host writes into a git directory. Git reads nothing else there: no hooks, no attributes, no excludes. */
type Layout = {
  /** The content of `HEAD`: a commit, or `ref: refs/heads/…`. */
  head: string;
  /** Object directories that it reads beside its own, and never writes. */
  borrows: readonly string[];
  refs?: Iterable<readonly [name: string, commit: string]>;
  /** More lines of its configuration. */
  config?: string;
  bare?: boolean;
};

/** Makes a git directory without asking git, which costs nothing but a few files. It may be repeated. */
export function writeGitDir(gitDir: string, { head, borrows, refs = [], config = "", bare = true }: Layout): void {
  for (const folder of ["objects/info", "objects/pack", "refs/heads", "info"]) {
    mkdirSync(join(gitDir, folder), { recursive: true, mode: 0o700 });
  }
  const core = `[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = ${bare}\n\tlogAllRefUpdates = ${!bare}\n`;
  // What borrows these objects must never find them packed away.
  writeFileSync(join(gitDir, "config"), `${core}[gc]\n\tauto = 0\n${config}`);
  writeFileSync(join(gitDir, "HEAD"), `${head}\n`);
  const alternates = borrows.map((path) => `${path}\n`).join("");
  if (alternates !== "") writeFileSync(join(gitDir, "objects/info/alternates"), alternates);
  const packed = [...refs].map(([name, commit]) => `${commit} ${name}\n`).join("");
  if (packed !== "") writeFileSync(join(gitDir, "packed-refs"), packed);
}

/**
 * Has files written as they are stored, and not as the rig's attributes say: no line end, encoding or content in LFS that git
 * would write one way and read another can make it believe that they were changed.
 */
export function writeExactly(gitDir: string): void {
  writeFileSync(join(gitDir, "info/attributes"), "* -text -ident -filter -working-tree-encoding\n");
}

/** Takes that back. */
export function writeAsAttributesSay(gitDir: string): void {
  writeFileSync(join(gitDir, "info/attributes"), "");
}

type Clone = {
  /** Where its objects are. */
  borrows: readonly string[];
  url: string;
  /** The default branch, and all that the remote has. */
  main: string;
  heads: Heads;
  commit: string;
  /** The local branch that is checked out; null: none. */
  branch: string | null;
};

/**
 * Gives a folder that is checked out a repository of its own, in which an agent or a gate may do as it likes: `origin` is
 * the rig's remote, its objects are borrowed from the host's, and nothing that is changed in it reaches those.
 */
export function writeClone(host: Workspace, { borrows, url, main, heads, commit, branch }: Clone): void {
  const gitDir = join(host.workTree, ".git");
  const remote = `[remote "origin"]\n\turl = ${quoted(url)}\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n`;
  const refs = [...heads].map(([name, head]) => [`refs/remotes/origin/${name}`, head] as const);
  writeGitDir(gitDir, {
    head: branch === null ? commit : `ref: refs/heads/${branch}`,
    borrows,
    refs: branch === null ? refs : [...refs, [`refs/heads/${branch}`, commit]],
    config: remote,
    bare: false,
  });
  if (heads.has(main)) {
    mkdirSync(join(gitDir, "refs/remotes/origin"), { recursive: true });
    writeFileSync(join(gitDir, "refs/remotes/origin/HEAD"), `ref: refs/remotes/origin/${main}\n`);
  }
  // Its times are those of the files that were just written, so that the first `git status` need not read them again.
  copyFileSync(join(host.gitDir, "index"), join(gitDir, "index"));
}

/** A value, or the name of a section, of a git configuration. */
export function quoted(value: string): string {
  return `"${value.replace(/["\\]/g, "\\$&")}"`;
}
