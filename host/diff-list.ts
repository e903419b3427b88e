/** Which files two commits differ in, and how large they are: from git's own list, without a look into any of them. */

import { git, type Repository } from "./git.ts";
import { diffFileBytes, diffRenames } from "./limits.ts";

/** A file of the list. Paths are bytes, one letter each. */
export interface Changed {
  path: string;
  oldPath: string | null;
  status: "added" | "deleted" | "modified" | "renamed" | "type_changed";
  oldMode: string;
  mode: string;
  /** Null: there is none, or it is a submodule's commit. */
  oldBytes: number | null;
  bytes: number | null;
}

type Listed = Omit<Changed, "oldBytes" | "bytes"> & { oldBlob: string; blob: string };

const NO_FILE = "000000";
const SUBMODULE = "160000";
const SYMLINK = "120000";

/**
 * Before every command that compares. No attributes are read, of the repository, its user or the system: they name programs, and can
 * call a text binary to keep it from being seen. What is too large is compared by no line.
 */
export const COMPARES = [
  ...["-c", "core.attributesFile=/dev/null", "-c", "diff.external="],
  ...["-c", `core.bigFileThreshold=${diffFileBytes}`, "-c", "core.quotePath=true", "--literal-pathspecs"],
  "diff-tree",
  ...["-r", "--no-ext-diff", "--no-textconv", "--no-color", "--no-relative", "--no-indent-heuristic"],
  ...["--submodule=short", "--ignore-submodules=none", "--diff-algorithm=myers", "-O/dev/null"],
  ...["--find-renames", `-l${diffRenames}`, "--src-prefix=a/", "--dst-prefix=b/"],
] as const;

export const comparesEnv = { GIT_ATTR_NOSYSTEM: "1" } as const;

type Between = { base: string; head: string };

/** @returns all of them, in git's order @throws GitError */
export async function changedFiles(
  repository: Repository,
  { base, head }: Between,
  signal: AbortSignal,
): Promise<Changed[]> {
  const args = [...COMPARES, "--raw", "-z", "--no-abbrev", base, head];
  const listed = parseRaw(await git(repository, args, { signal, env: comparesEnv, encoding: "latin1" }));
  const sizes = await sizesOf(repository, listed, signal);
  return listed.map(({ oldBlob, blob, ...file }) => ({
    ...file,
    oldBytes: sizes.get(oldBlob) ?? null,
    bytes: sizes.get(blob) ?? null,
  }));
}

const STATUS: Readonly<Record<string, Changed["status"]>> = {
  A: "added",
  D: "deleted",
  M: "modified",
  R: "renamed",
  T: "type_changed",
};

/** `:100644 100755 blob blob M` and a path, or `R090` and two of them, each ended by a NUL. */
function parseRaw(printed: string): Listed[] {
  const parts = printed.split("\0");
  const found: Listed[] = [];
  for (let at = 0; at + 1 < parts.length; ) {
    const [oldMode = "", mode = "", oldBlob = "", blob = "", how = ""] = (parts[at] ?? "").slice(1).split(" ");
    const status = STATUS[how.charAt(0)] ?? "modified";
    const isMoved = status === "renamed";
    const first = parts[at + 1] ?? "";
    const path = isMoved ? (parts[at + 2] ?? "") : first;
    found.push({ path, oldPath: isMoved ? first : null, status, oldMode, mode, oldBlob, blob });
    at += isMoved ? 3 : 2;
  }
  return found;
}

async function sizesOf(
  repository: Repository,
  listed: readonly Listed[],
  signal: AbortSignal,
): Promise<Map<string, number>> {
  const blobs = listed.flatMap(({ oldMode, mode, oldBlob, blob }) => [
    ...(hasBlob(oldMode) ? [oldBlob] : []),
    ...(hasBlob(mode) ? [blob] : []),
  ]);
  if (blobs.length === 0) return new Map();
  const said = await git(repository, ["cat-file", "--batch-check"], { stdin: `${blobs.join("\n")}\n`, signal });
  const found = said.matchAll(/^([0-9a-f]+) blob (\d+)$/gm);
  return new Map([...found].map(([, blob = "", size]) => [blob, Number(size)]));
}

const hasBlob = (mode: string): boolean => mode !== NO_FILE && mode !== SUBMODULE;

export const isSubmodule = ({ oldMode, mode }: Changed): boolean => oldMode === SUBMODULE || mode === SUBMODULE;
export const isSymlink = ({ oldMode, mode }: Changed): boolean => (mode === NO_FILE ? oldMode : mode) === SYMLINK;
export const modesOf = ({ oldMode, mode }: Changed): string | null =>
  oldMode === mode || oldMode === NO_FILE || mode === NO_FILE ? null : `${oldMode} → ${mode}`;

/** As much as git may have to read for it. */
export const weightOf = ({ oldBytes, bytes }: Changed): number => (oldBytes ?? 0) + (bytes ?? 0);
export const isTooLarge = ({ oldBytes, bytes }: Changed): boolean =>
  Math.max(oldBytes ?? 0, bytes ?? 0) >= diffFileBytes;

/** A file that became something else is shown as one that went and one that came. */
export const sectionsOf = ({ status, oldMode, mode }: Changed): number =>
  status === "type_changed" && oldMode.slice(0, 2) !== mode.slice(0, 2) ? 2 : 1;
