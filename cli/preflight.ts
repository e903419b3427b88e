import { spawnSync } from "node:child_process";
import { accessSync, chmodSync, constants, existsSync, mkdirSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { dirname } from "node:path";
import { Fault } from "./fault.ts";
import { type StatePaths, shown } from "./paths.ts";

/** @throws Fault if there is no git that runs */
export function requireGit(): void {
  if (spawnSync("git", ["--version"]).status !== 0) {
    throw new Fault("git is not on PATH, and hosts work with it. Install git, then start again");
  }
}

/**
 * The port to listen on: the one asked for, or for 0 one that is free now. workerd itself would wait silently for ever
 * on a port that somebody holds.
 *
 * @throws Fault if the port is taken or not allowed
 */
export async function freePort(wanted: number): Promise<number> {
  const server = createServer();
  return await new Promise((resolve, reject) => {
    server.once("error", ({ code }: NodeJS.ErrnoException) => reject(new Fault(portProblem(wanted, code))));
    server.listen(wanted, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : wanted));
    });
  });
}

function portProblem(port: number, code: string | undefined): string {
  const remedy = "Give another with --port N, or --port 0 for any free one";
  if (code === "EADDRINUSE") return `port ${port} is taken, perhaps by another townkeeper. ${remedy}`;
  if (code === "EACCES") return `port ${port} is reserved for the administrator. ${remedy}`;
  return `port ${port} cannot be used (${code}). ${remedy}`;
}

/**
 * Makes the state folder if it is missing. Only its owner may look inside: it holds secrets.
 *
 * @throws Fault if it can't be made or written to
 */
export function prepareState(state: string): void {
  try {
    makeFolder(state);
    accessSync(state, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw stateFault(state, error);
  }
}

/** Other users pass through the state folder to what their runs are given; they see nothing of it, nor the Worker's rows. */
export function letPass({ folder, worker }: StatePaths): void {
  makeFolder(worker);
  chmodSync(worker, 0o700);
  chmodSync(folder, 0o711);
}

/** Step by step: `recursive` runs in a circle for ever where the kernel denies a folder by saying "no such file" (/proc). */
function makeFolder(folder: string): void {
  if (existsSync(folder) && statSync(folder).isDirectory()) return;
  if (!existsSync(dirname(folder))) makeFolder(dirname(folder));
  mkdirSync(folder, { mode: 0o700 });
}

/** Why the state folder won't do. */
export function stateFault(state: string, error: unknown): Fault {
  const { code } = error as NodeJS.ErrnoException;
  const reasons: Record<string, string> = {
    EACCES: "is not writable for you",
    EPERM: "is not writable for you",
    EROFS: "is on a read-only file system",
    ENOSPC: "is on a disk that is full",
    ENOTDIR: "lies under something that is not a folder",
    EEXIST: "is a file, not a folder",
    ENOENT: "cannot be made",
  };
  const reason = reasons[code ?? ""] ?? `cannot be used (${code ?? error})`;
  return new Fault(`the state folder ${shown(state)} ${reason}. Mend that, or give another with --state DIR`);
}
