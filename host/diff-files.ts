/** The files of an answer: all of them by name, and as many patches as there is room and time for. */
import { type Changes, type DiffFile, MAX_FILES, PATH_CHARS } from "../src/protocol/diff.ts";
import { type Changed, isSubmodule, isSymlink, isTooLarge, modesOf } from "./diff-list.ts";
import { batchesOf, canBeNamed, type Patch, patchesOf } from "./diff-patches.ts";
import { type Bounds, clippedPath, quotedPath, shownPatch, visible } from "./diff-text.ts";
import { GitError, type Repository } from "./git.ts";
import { diffShown } from "./limits.ts";
import { redact } from "./redact.ts";

/** A path as people see it, by which they also ask for that file. */
export const shownPath = (path: string): string => clippedPath(redact(visible(quotedPath(path))), PATH_CHARS);

type Between = { base: string; head: string };
type Files = Pick<Changes, "files" | "moreFiles" | "truncated">;

/**
 * @param room in bytes of JSON, for all of it
 * @param alone one file was asked for: it may fill that
 * @param inTime aborts when what is not known yet is to be left out
 */
export async function filesOf(
  repository: Repository,
  between: Between,
  changed: readonly Changed[],
  { room, alone, inTime }: { room: number; alone: boolean; inTime: AbortSignal },
): Promise<Files> {
  const { listed, left } = listedIn(changed, room);
  const bounds = {
    bytes: alone ? left : diffShown.bytes,
    lines: alone ? diffShown.linesAlone : diffShown.lines,
    lineChars: diffShown.lineChars,
  };
  let free = left;
  const shown = new Map<Changed, DiffFile>();
  for (const batch of batchesOf(listed.filter(canBeNamed))) {
    const patches = await patchesInTime(repository, between, batch, free > LEAST_ROOM, inTime);
    for (const [at, file] of batch.entries()) {
      const one = withPatch(file, patches[at] ?? null, { ...bounds, bytes: Math.min(bounds.bytes, free) });
      free -= one.used;
      shown.set(file, one.file);
    }
  }
  const files = listed.map((file) => shown.get(file) ?? named(file));
  const moreFiles = changed.length - listed.length;
  return { files, moreFiles, truncated: moreFiles > 0 || files.some(({ truncated }) => truncated !== null) };
}

/** With less than this left, lines are counted and no more. */
const LEAST_ROOM = 200;

/** Half of the room is for patches, so that a long list of names does not take it all. */
function listedIn(changed: readonly Changed[], room: number): { listed: Changed[]; left: number } {
  const listed: Changed[] = [];
  let left = room;
  for (const file of changed.slice(0, MAX_FILES)) {
    const size = Buffer.byteLength(JSON.stringify(named(file))) + 1;
    if (left - size < room / 2) break;
    left -= size;
    listed.push(file);
  }
  return { listed, left };
}

/** What takes too long, or is too much for git, is left out, and said to be: the rest is shown all the same. */
async function patchesInTime(...asked: Parameters<typeof patchesOf>): Promise<(Patch | null)[]> {
  const [, , batch, , inTime] = asked;
  const none = batch.map(() => null);
  if (inTime.aborted) return none;
  return patchesOf(...asked).catch((error: unknown) => {
    if (inTime.aborted || error instanceof GitError) return none;
    throw error;
  });
}

/** As it is told where nothing is known of what stands in it. */
const named = (file: Changed): DiffFile => ({
  path: shownPath(file.path),
  oldPath: file.oldPath === null ? null : shownPath(file.oldPath),
  status: file.status,
  kind: isSubmodule(file) ? "submodule" : isSymlink(file) ? "symlink" : "file",
  modes: modesOf(file),
  binary: false,
  additions: null,
  deletions: null,
  oldBytes: file.oldBytes,
  bytes: file.bytes,
  patch: null,
  truncated: "left_out",
});

function withPatch(changed: Changed, patch: Patch | null, bounds: Bounds): { file: DiffFile; used: number } {
  const file = named(changed);
  if (isTooLarge(changed)) return { file: { ...file, truncated: "too_large" }, used: 0 };
  if (patch === null) return { file, used: 0 };
  const { additions, deletions } = patch;
  if (additions === null) return { file: { ...file, binary: true, truncated: null }, used: 0 };
  if (patch.text === null) return { file: { ...file, additions, deletions }, used: 0 };
  const kind = file.kind === "file" && POINTER.test(patch.text) ? "lfs" : file.kind;
  const whole: DiffFile = { ...file, kind, additions, deletions };
  const { text, isCut, bytes } = shownPatch(patch.text, bounds);
  if (text === "" && isCut) return { file: whole, used: 0 };
  return { file: { ...whole, patch: text, truncated: isCut ? "cut" : null }, used: bytes };
}

/** How a pointer of Git LFS begins. */
const POINTER = /^[ +-]version https:\/\/git-lfs\.github\.com\/spec\/v1$/m;
