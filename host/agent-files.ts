/**
 * Files that agents can reach: they run with the host's rights, and may put anything in the place of anything. So nothing
 * here follows a link, waits for a pipe, or trusts in what a name stood for a moment ago; what is no plain file is left alone.
 */
import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { type FileHandle, lstat, mkdir, open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";

/** Something else lies where the host's file should. */
export class NotAFile extends Error {
  constructor(path: string, what: string) {
    super(`${path} is ${what}: something replaced it, and the host leaves it alone.`);
  }
}

/** Never through a link in the last place; never waiting until a pipe's other end is opened. */
const CAREFULLY = constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Makes a file with this text; what stood there goes. Readable by the owner only. */
export async function createFile(path: string, text: string): Promise<void> {
  const file = await openNew(path);
  try {
    await file.writeFile(text);
  } finally {
    await file.close();
  }
}

/** The same, open for writing. */
export async function openNew(path: string): Promise<FileHandle> {
  await plainFolder(dirname(path));
  await removeTree(path);
  return open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | CAREFULLY, 0o600);
}

/**
 * Opens a file to read it and to write at its end; makes it if nothing is there.
 *
 * @throws NotAFile if anything but a file of its own lies there
 */
export async function openToAppend(path: string): Promise<FileHandle> {
  await plainFolder(dirname(path));
  const flags = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | CAREFULLY;
  const file = await open(path, flags, 0o600).catch((error: NodeJS.ErrnoException) => {
    const what = { ELOOP: "a link", EMLINK: "a link", EISDIR: "a folder", ENXIO: "a socket" }[error.code ?? ""];
    throw what ? new NotAFile(path, what) : error;
  });
  const found = await file.stat();
  // Another name of it may be a file that is not the host's to write.
  if (found.isFile() && found.nlink === 1) return file;
  await file.close();
  throw new NotAFile(path, found.isFile() ? "a file with a second name" : "no file");
}

/**
 * Removes all that is there, links themselves and not what they lead to, at any depth and with any permissions. What
 * can't be removed all the same stays until the next time.
 */
export async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true, maxRetries: 3, retryDelay: 50 });
  } catch {
    // A folder that is shut, or a path longer than the system takes: these tools go down step by step.
    if (!(await lstat(path).catch(() => null))?.isDirectory()) return;
    await runQuietly("chmod", ["-R", "u+rwx", "--", path]);
    await runQuietly("rm", ["-rf", "--", path]);
  }
}

const runQuietly = (file: string, args: readonly string[]): Promise<unknown> =>
  promisify(execFile)(file, args).catch(() => undefined);

async function plainFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  if (!(await lstat(path)).isDirectory()) throw new NotAFile(path, "no folder");
}
