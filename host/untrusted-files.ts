import { constants, type Dirent } from "node:fs";
import { type FileHandle, lstat, open, opendir, readdir } from "node:fs/promises";
import { maxTreeEntries } from "./limits.ts";

/**
 * Reads a small file that an agent may have put there: never through a link, never from a pipe or device, never more than
 * it may hold.
 *
 * @returns null if there is no regular file of at most `maxBytes`
 */
export async function readRegular(path: string, maxBytes: number): Promise<string | null> {
  return (await readBytes(path, maxBytes))?.toString("utf8") ?? null;
}

/** The same, as bytes. */
export async function readBytes(path: string | Buffer, maxBytes: number): Promise<Buffer | null> {
  const opened = await openRegular(path, maxBytes);
  if (!opened) return null;
  try {
    const buffer = Buffer.alloc(opened.bytes);
    const { bytesRead } = await opened.file.read(buffer, 0, buffer.length, 0);
    return buffer.subarray(0, bytesRead);
  } catch {
    return null;
  } finally {
    await opened.file.close();
  }
}

/** Opens such a file, however large; the caller reads no more than `bytes` of it, and closes it. */
export async function openRegular(
  path: string | Buffer,
  maxBytes: number,
): Promise<{ file: FileHandle; bytes: number } | null> {
  // Without waiting: opening a pipe that no one writes to would never return.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(path, flags).catch(() => null);
  const found = await file?.stat().catch(() => null);
  if (file && found?.isFile() && found.size <= maxBytes) return { file, bytes: found.size };
  await file?.close();
  return null;
}

type Entry = {
  name: string;
  isFolder: boolean;
  isFile: boolean;
  /** A pipe, a socket or a device. */
  isSpecial: boolean;
};

/** What is in a folder, and of more than that so many; nothing if it is none, or a link to one. */
export async function entriesOf(path: string, most = maxTreeEntries + 1): Promise<Entry[]> {
  const found = await lstat(path).catch(() => null);
  if (!found?.isDirectory()) return [];
  // An entry takes more than this of a folder on any file system, so that what is smaller holds fewer: it is read at once.
  const isSmall = found.size <= leastEntryBytes * most;
  const entries = await (isSmall ? readdir(path, { withFileTypes: true }) : firstOf(path, most)).catch(() => []);
  return entries.map((entry) => {
    const [isFolder, isFile] = [entry.isDirectory(), entry.isFile()];
    return { name: entry.name, isFolder, isFile, isSpecial: !isFolder && !isFile && !entry.isSymbolicLink() };
  });
}

const leastEntryBytes = 12;

async function firstOf(path: string, most: number): Promise<Dirent[]> {
  const entries: Dirent[] = [];
  for await (const entry of await opendir(path, { bufferSize: 1_024 })) {
    entries.push(entry);
    if (entries.length >= most) break;
  }
  return entries;
}
