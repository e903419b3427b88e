import { execFile } from "node:child_process";
import { chmodSync, chownSync, lstatSync, mkdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A user of the system that agents and gates run as, apart from the host. */
export interface Account {
  name: string;
  uid: number;
  gid: number;
  /** Where it is at home, and who it is. */
  env: { HOME: string; USER: string; LOGNAME: string };
  /** Whether one run at a time has it, so that all its processes are that run's. */
  isExclusive: boolean;
}

/** The accounts of a host. Each run and each gate has one while it lives, or none: then it runs as the host's own user. */
export class Accounts {
  readonly #state: string;
  readonly #hasAny: boolean;
  readonly #free: Account[];
  readonly #waiting: ((account: Account) => void)[] = [];

  private constructor(state: string, accounts: Account[]) {
    this.#state = state;
    this.#hasAny = accounts.length > 0;
    this.#free = accounts;
  }

  /**
   * @param names of users; one alone is shared by all runs, of several each run has its own; none: the host's own user
   * @throws Error that says what is missing, and how to mend it
   */
  static async open(names: readonly string[], stateDirectory: string): Promise<Accounts> {
    if (names.length === 0) return new Accounts(stateDirectory, []);
    if (process.getuid?.() !== 0)
      throw new Error("--agent-user needs the rights of root: start the host as root, or leave the flag out.");
    openFolder(stateDirectory);
    const accounts = [];
    for (const name of names) accounts.push(await accountOf(name, stateDirectory, names.length > 1));
    return new Accounts(stateDirectory, accounts);
  }

  /** Shuts what no account passes through, also where it was left open. Called once the state is in order, before any run. */
  seal(): void {
    if (this.#hasAny) for (const name of PRIVATE) closeFolder(join(this.#state, name));
  }

  /** The account of a new run; of several, one that no other run has, once there is one. Null: there are none. */
  async take(signal: AbortSignal): Promise<Account | null> {
    signal.throwIfAborted();
    const [first] = this.#free;
    if (first?.isExclusive) this.#free.shift();
    if (first) return first;
    if (!this.#hasAny) return null;
    const { promise, resolve, reject } = Promise.withResolvers<Account>();
    const leave = () => {
      this.#waiting.splice(this.#waiting.indexOf(resolve), 1);
      reject(signal.reason as Error);
    };
    signal.addEventListener("abort", leave, { once: true });
    this.#waiting.push(resolve);
    return promise.finally(() => signal.removeEventListener("abort", leave));
  }

  /** Called once nothing of its run lives. */
  giveBack(account: Account | null): void {
    if (!account?.isExclusive) return;
    const next = this.#waiting.shift();
    if (next) next(account);
    else this.#free.push(account);
  }

  /** Gives it a folder of the state with all that is in it, and lets it pass there. Links are given, never followed. */
  async own(account: Account | null, folder: string): Promise<void> {
    if (!account) return;
    await run("chown", ["-R", "-h", "-P", `${account.uid}:${account.gid}`, "--", folder]);
    chmodSync(folder, 0o700);
    this.pass(dirname(folder));
  }

  /** Takes back the folder itself: the next run of the account must not see what is left in it. */
  disown(account: Account | null, folder: string): void {
    if (account && lstatSync(folder, { throwIfNoEntry: false })?.isDirectory()) chownSync(folder, 0, 0);
  }

  /** Lets accounts read the objects of a repository that theirs borrows from. */
  lend(objects: string): void {
    if (!this.#hasAny) return;
    this.pass(objects);
    for (const listed of ["pack", "info"]) chmodSync(join(objects, listed), 0o755);
  }

  /** Lets accounts pass through this folder of the state to what is in it; they can't list it. */
  pass(folder: string): void {
    if (!this.#hasAny || relative(this.#state, folder).startsWith("..")) return;
    openFolder(folder);
    if (folder !== this.#state) this.pass(dirname(folder));
  }
}

/** What of the state no agent passes through: records with tokens, the host's own git directories of attempts. */
const PRIVATE = ["runs", "merges", "fences", "sessions", "git", "git/work"];

function closeFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
}

const openFolder = (folder: string): void => chmodSync(folder, 0o711);

/** The command that becomes this user for good: no program of its own gives it rights again. */
export const becoming = ({ uid, gid }: Account): string[] => [
  ...["setpriv", `--reuid=${uid}`, `--regid=${gid}`, "--init-groups", "--inh-caps=-all", "--no-new-privs"],
];

async function accountOf(name: string, state: string, isExclusive: boolean): Promise<Account> {
  const { stdout } = await run("getent", ["passwd", "--", name]).catch(() => {
    throw new Error(
      `--agent-user ${name}: there is no such user. Make it with: useradd --system --create-home ${name}`,
    );
  });
  const [, , uidText, gidText, , ownHome = ""] = stdout.trim().split(":");
  const [uid, gid] = [Number(uidText), Number(gidText)];
  if (uid === 0) throw new Error(`--agent-user ${name}: that is root itself. Name a user without its rights.`);
  const HOME = lstatSync(ownHome, { throwIfNoEntry: false })?.uid === uid ? ownHome : madeHome(name, uid, gid, state);
  const account = { name, uid, gid, env: { HOME, USER: name, LOGNAME: name }, isExclusive };
  await requireReach(account, state);
  return account;
}

/** For a user that has no home of its own. */
function madeHome(name: string, uid: number, gid: number, state: string): string {
  const home = join(state, "homes", name);
  mkdirSync(home, { recursive: true, mode: 0o700 });
  chownSync(home, uid, gid);
  openFolder(dirname(home));
  return home;
}

/** A folder further up may shut it out. */
async function requireReach(account: Account, state: string): Promise<void> {
  const [file = "", ...args] = becoming(account);
  await run(file, [...args, "--", "/bin/sh", "-c", 'cd "$1"', "sh", state]).catch(() => {
    const where = `Put the state where other users may pass, such as below /var/lib, or open the folders above it.`;
    throw new Error(`--agent-user ${account.name}: that user can't reach the state folder ${state}. ${where}`);
  });
}
