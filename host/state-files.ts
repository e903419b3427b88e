import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { stateFileBytes } from "./limits.ts";

/**
 * Writes a file so that after a crash either the old or the new content is there, never half of it. Synchronous on
 * purpose: a claim must be on disk before anything else may happen. Readable by the owner only: records hold tokens.
 */
export function writeDurably(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.tmp`;
  // A crash, or an agent, may have left anything there: a link would be followed, a pipe waited for.
  remove(temporary);
  const file = openSync(temporary, "wx", 0o600);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
  syncDirectory(dirname(path));
}

/** Removes a file or folder, if it is there. */
export function remove(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 3, retryDelay: 50 });
}

/**
 * The text of a file that only the host writes, or null if there is none. Synchronous, since claims are made in one go; an
 * agent that runs as the same user may replace it, so no link is followed, no pipe waited for, and the size is bounded.
 *
 * @throws Error if it is no file, or larger than any of the host's
 */
export function readText(path: string): string | null {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  try {
    const found = fstatSync(file);
    if (!found.isFile()) throw new Error(`${path} is no file: something replaced it.`);
    if (found.size > stateFileBytes)
      throw new Error(`${path} has ${found.size} bytes, more than the host ever writes.`);
    const buffer = Buffer.alloc(found.size);
    return buffer.toString("utf8", 0, readSync(file, buffer, 0, found.size, 0));
  } finally {
    closeSync(file);
  }
}

/** Without this a rename may be forgotten by a machine that loses power. */
function syncDirectory(path: string): void {
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
