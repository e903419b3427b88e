/** What stands in the files: patches, a batch of files at a time, and how many lines each changes. */
import { type Changed, COMPARES, comparesEnv, isTooLarge, sectionsOf, weightOf } from "./diff-list.ts";
import { fromBytes } from "./diff-text.ts";
import { git, type Repository } from "./git.ts";
import { diffBatch } from "./limits.ts";

/** Of one file. Null counts: it is binary, or too large for git to look into. */
export interface Patch {
  additions: number | null;
  deletions: number | null;
  /** Its hunks. Null: they were not asked for. */
  text: string | null;
}

/** Groups of which git prints no more than is read, and whose paths fit a command. Too large files weigh nothing: git reads none. */
export function batchesOf(files: readonly Changed[]): Changed[][] {
  const batches: Changed[][] = [];
  let room = { bytes: 0, files: 0, pathBytes: 0 };
  for (const file of files) {
    const needs = {
      bytes: isTooLarge(file) ? 0 : weightOf(file),
      pathBytes: file.path.length + (file.oldPath?.length ?? 0),
    };
    const fits = room.files > 0 && room.bytes >= needs.bytes && room.pathBytes >= needs.pathBytes;
    if (!fits) {
      batches.push([]);
      room = { ...diffBatch };
    }
    batches.at(-1)?.push(file);
    room = { bytes: room.bytes - needs.bytes, files: room.files - 1, pathBytes: room.pathBytes - needs.pathBytes };
  }
  return batches;
}

/**
 * Both names of what was moved are named, so that git finds the two together again.
 *
 * @param isWhole whether more is wanted than how many lines there are
 * @returns a patch for each file; null where git's words are not what they are taken for
 * @throws GitError; the signal's reason
 */
export async function patchesOf(
  repository: Repository,
  { base, head }: { base: string; head: string },
  files: readonly Changed[],
  isWhole: boolean,
  signal: AbortSignal,
): Promise<(Patch | null)[]> {
  const paths = files.flatMap(({ path, oldPath }) => (oldPath === null ? [path] : [oldPath, path]));
  const args = [
    ...COMPARES,
    "--numstat",
    "-z",
    ...(isWhole ? ["--unified=3"] : []),
    base,
    head,
    "--",
    ...paths.map(fromBytes),
  ];
  const printed = await git(repository, args, { signal, env: comparesEnv, encoding: "latin1" });
  if (isWhole) return parsePatches(printed, files);
  const byPath = new Map(parseCounts(printed).counted.map((each) => [each.path, each]));
  return files.map(({ path }) => {
    const counted = byPath.get(path);
    return counted ? { ...counted, text: null } : null;
  });
}

/** Whether a path can be handed to git: Node hands on text, in UTF-8. */
export const canBeNamed = ({ path, oldPath }: Changed): boolean =>
  [path, oldPath ?? ""].every((each) => inBytes(fromBytes(each)) === each);

const inBytes = (text: string): string => Buffer.from(text, "utf8").toString("latin1");

interface Counted {
  path: string;
  additions: number | null;
  deletions: number | null;
}

/** The counts of all files, then an empty name, then their patches in the same order. */
function parsePatches(printed: string, files: readonly Changed[]): (Patch | null)[] {
  const { counted, end } = parseCounts(printed);
  const byPath = new Map(files.map((file) => [file.path, file]));
  // Contents stand behind a sign, and names in quotes where they have lines: a line that begins so begins a file.
  const sections = printed
    .slice(end + 1)
    .split(/^diff --git .*\n/m)
    .slice(1);
  const expected = counted.map(({ path }) => sectionsOf(byPath.get(path) ?? ORDINARY));
  if (expected.reduce((sum, each) => sum + each, 0) !== sections.length) return files.map(() => null);
  const patches = new Map<string, Patch>();
  let at = 0;
  for (const [index, { path, additions, deletions }] of counted.entries()) {
    const own = sections.slice(at, at + (expected[index] ?? 1));
    at += own.length;
    patches.set(path, { additions, deletions, text: own.map(hunksOf).filter(Boolean).join("\n") });
  }
  return files.map(({ path }) => patches.get(path) ?? null);
}

const ORDINARY = { status: "modified", oldMode: "", mode: "" } as Changed;

/** `1\t2\tpath`, or `1\t2\t` and two paths; of what is binary, dashes. */
function parseCounts(printed: string): { counted: Counted[]; end: number } {
  const counted: Counted[] = [];
  const entry = /(\d+|-)\t(\d+|-)\t([^\0]*)\0/y;
  let end = 0;
  for (let found = entry.exec(printed); found; found = entry.exec(printed)) {
    const [, additions = "", deletions = "", path = ""] = found;
    let name = path;
    if (path === "") {
      const from = printed.indexOf("\0", entry.lastIndex) + 1;
      const to = printed.indexOf("\0", from);
      name = printed.slice(from, to);
      entry.lastIndex = to + 1;
    }
    counted.push({ path: name, additions: numberIn(additions), deletions: numberIn(deletions) });
    end = entry.lastIndex;
  }
  return { counted, end };
}

const numberIn = (text: string): number | null => (text === "-" ? null : Number(text));

/** What stands above is said in the file's own fields. */
function hunksOf(section: string): string {
  const at = section.startsWith("@@ ") ? 0 : section.indexOf("\n@@ ") + 1;
  return at > 0 || section.startsWith("@@ ") ? fromBytes(section.slice(at)).replace(/\n$/, "") : "";
}
