import { execFile } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { constants as os } from "node:os";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import { promisify } from "node:util";
import { type Account, becoming } from "./accounts.ts";
import type { Context } from "./context.ts";

/** How the processes of one run are kept together, so that all of them end with it. */
export type Isolation = "pid-namespace" | "group";

/** Where a run's processes are, and as whom. */
export interface Confinement {
  isolation: Isolation;
  /** Null: the host's own user. */
  account: Account | null;
}

/**
 * Confines a run or gate that is about to begin.
 *
 * @param given folders of the state that become its own
 * @param borrows object directories that it may read
 */
export async function confine(
  { isolation, accounts }: Context,
  given: readonly string[],
  borrows: readonly string[],
  signal: AbortSignal,
): Promise<Confinement> {
  const account = await accounts.take(signal);
  try {
    for (const folder of given) await accounts.own(account, folder);
    for (const objects of borrows) accounts.lend(objects);
    return { isolation, account };
  } catch (error) {
    accounts.giveBack(account);
    throw error;
  }
}

/** Called once nothing of it lives. @param left folders that were given to it and may stay a while */
export function release({ accounts }: Context, { account }: Confinement, left: readonly string[]): void {
  for (const folder of left) accounts.disown(account, folder);
  accounts.giveBack(account);
}

export const unconfined: Confinement = { isolation: "group", account: null };

/** What a preflight says of each. */
export const isolationDetail: Record<Isolation, string> = {
  "pid-namespace": "each run has a PID namespace of its own, so all that it starts ends with it",
  group:
    "this system gives runs no PID namespace, so a process that leaves its group and its environment may outlive its run",
};

/** Process 1 of a namespace must reap what is orphaned in it, so a shell is that; it says nothing of its own. */
const INIT = 'exec 3>&2 2>/dev/null; (exec "$@" 2>&3 3>&-); exit "$?"';

/**
 * What comes before a command in a namespace of its own. Root needs no user namespace; for others theirs maps to itself.
 * The namespace is killed by the kernel with its process 1, and that with `unshare`, which ignores SIGTERM.
 */
function namespaced(isRoot: boolean): string[] {
  const user = isRoot ? [] : ["--user", "--map-current-user"];
  return ["unshare", ...user, "--pid", "--fork", "--kill-child", "--mount-proc", "--"];
}

/** Tries what this system allows, once, by doing it. */
export async function findIsolation(): Promise<Isolation> {
  if (process.platform !== "linux") return "group";
  const [file = "", ...args] = namespaced(process.getuid?.() === 0);
  const probe = promisify(execFile)(file, [...args, "/bin/sh", "-c", INIT, "init", "/bin/sh", "-c", "test $$ -lt 9"]);
  return probe.then(
    () => "pid-namespace",
    () => "group",
  );
}

/**
 * The command line that runs `argv` confined.
 *
 * @throws Error with the code `ENOENT` or `EACCES`, as `spawn` gives it, if `argv[0]` can't be executed: what stands before
 * it would start, and hide that
 */
export function confined(
  argv: readonly string[],
  { isolation, account }: Confinement,
  { cwd, path }: { cwd: string; path: string | undefined },
): string[] {
  if (isolation === "group" && !account) return [...argv];
  requireExecutable(argv[0] ?? "", cwd, path);
  const become = account ? becoming(account) : [];
  if (isolation === "group") return [...become, "--", ...argv];
  // A change of user clears what `--kill-child` has set, so it is set again.
  const init = account ? [...become, "--pdeathsig=KILL", "--"] : [];
  return [...namespaced(process.getuid?.() === 0), ...init, "/bin/sh", "-c", INIT, "init", ...argv];
}

function requireExecutable(file: string, cwd: string, path: string | undefined): void {
  const candidates = file.includes("/")
    ? [isAbsolute(file) ? file : resolve(cwd, file)]
    : (path ?? "").split(delimiter).map((folder) => join(folder || cwd, file));
  let code = "ENOENT";
  for (const candidate of candidates) {
    try {
      if (!statSync(candidate).isFile()) throw Object.assign(new Error(), { code: "EACCES" });
      accessSync(candidate, constants.X_OK);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EACCES") code = "EACCES";
    }
  }
  throw Object.assign(new Error(`spawn ${file} ${code}`), { code });
}

const signalNames = new Map(Object.entries(os.signals).map(([name, number]) => [number, name as NodeJS.Signals]));

/** A shell tells by its own exit code of a signal that ended what it ran: 128 and the signal's number. */
export function exitThrough(isolation: Isolation, code: number | null, signal: NodeJS.Signals | null) {
  const by = isolation === "pid-namespace" && code !== null ? signalNames.get(code - 128) : undefined;
  return by ? { code: null, signal: by } : { code, signal };
}
