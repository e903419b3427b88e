import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { RigSpec } from "../src/ports/protocol.ts";
import { type Instant, instant } from "./clock.ts";
import { GitError, git, gitSays } from "./git.ts";
import { staleLockMs } from "./limits.ts";
import { Mutexes } from "./mutex.ts";
import { StepFailure } from "./outcomes.ts";
import { readText, remove, writeDurably } from "./state-files.ts";

/** Which worktree of a rig: `work` for attempts, `land` for landings. */
type Place = { kind: "work" | "land"; bead: string; fence: number };

/**
 * The host's copies of the rigs: one bare repository per town, rig and URL, and worktrees of it. A rig that moves elsewhere
 * gets a new one: what still runs at the old place goes on beside it, and no branch of the one is taken for one of the
 * other's. Fetches and worktree changes of one copy run one at a time, since git would otherwise refuse over its lock files.
 */
export class Rigs {
  readonly #state: string;
  readonly #mutexes = new Mutexes();
  readonly #landings = new Mutexes();
  readonly #fetches = new Map<string, Instant>();

  constructor(stateDirectory: string) {
    this.#state = stateDirectory;
  }

  /** Landings of one rig, one at a time: each must rebase onto what the one before pushed. */
  inLandingOrder<T>(town: string, rig: RigSpec, task: () => Promise<T>, signal: AbortSignal): Promise<T> {
    return this.#landings.of(`${town}/${rig.id}`).run(task, signal);
  }

  repository(town: string, rig: RigSpec): string {
    const place = createHash("sha256").update(rig.repoUrl).digest("hex").slice(0, 12);
    return join(this.#state, "rigs", town, `${rig.id}.${place}.git`);
  }

  worktree(town: string, rig: RigSpec, place: Place): string {
    return join(this.#state, place.kind, town, rig.id, `${place.bead}-${place.fence}`);
  }

  /**
   * Makes the copy as new as the remote. Callers that came while a fetch ran share the next one.
   *
   * @throws StepFailure `clone_failed` or `fetch_failed`
   */
  async fetch(town: string, rig: RigSpec, signal: AbortSignal): Promise<void> {
    const askedMs = instant().monoMs;
    const repository = this.repository(town, rig);
    await this.#mutexes.of(repository).run(async () => {
      const last = this.#fetches.get(repository);
      if (last && last.monoMs > askedMs && readText(urlFile(repository)) === rig.repoUrl) return;
      const startedAt = instant();
      await this.#fetchNow(repository, rig, signal);
      this.#fetches.set(repository, startedAt);
    }, signal);
  }

  async #fetchNow(repository: string, rig: RigSpec, signal: AbortSignal): Promise<void> {
    const code = readText(urlFile(repository)) === null ? "clone_failed" : "fetch_failed";
    try {
      await open(repository, rig);
      await fetchWithLocksMended(repository, rig, signal);
      if (readText(urlFile(repository)) !== rig.repoUrl) writeDurably(urlFile(repository), rig.repoUrl);
    } catch (error) {
      if (!(error instanceof GitError)) throw error;
      throw new StepFailure("unreachable", code, error.message);
    }
  }

  /** The commit that the remote's branch had at the last fetch, or null. */
  async remoteHead(town: string, rig: RigSpec, branch: string): Promise<string | null> {
    const cwd = this.repository(town, rig);
    const ref = `refs/remotes/origin/${branch}`;
    if (!(await gitSays(["show-ref", "--verify", "--quiet", "--", ref], { cwd }))) return null;
    return (
      (await git(["rev-parse", "--verify", "--end-of-options", `${ref}^{commit}`], { cwd }))
        .trim()
        .split("\n")
        .at(-1) ?? null
    );
  }

  /** The default branch's newest commit, or where it is to begin. */
  async defaultHead(town: string, rig: RigSpec): Promise<string> {
    for (const branch of [rig.defaultBranch, rig.forkOf]) {
      const head = branch && (await this.remoteHead(town, rig, branch));
      if (head) return head;
    }
    const message = `The repository has no branch ${rig.defaultBranch}. Push one, or set the rig's default branch.`;
    throw new StepFailure("unreachable", "worktree_failed", message);
  }

  /** Whether `newer` has `older` in its history. False also when a commit is missing. */
  async contains(town: string, rig: RigSpec, newer: string, older: string): Promise<boolean> {
    const cwd = this.repository(town, rig);
    return gitSays(["merge-base", "--is-ancestor", "--end-of-options", older, newer], { cwd }).catch(() => false);
  }

  /**
   * A new worktree at a commit, on a local branch of its own or on none.
   *
   * @throws StepFailure `worktree_failed`
   */
  async addWorktree(
    town: string,
    rig: RigSpec,
    { path, commit, branch }: { path: string; commit: string; branch: string | null },
    signal: AbortSignal,
  ): Promise<void> {
    const cwd = this.repository(town, rig);
    await this.#mutexes.of(cwd).run(async () => {
      try {
        await dropWorktree(cwd, path);
        const how = branch ? ["-B", branch] : ["--detach"];
        await git(["worktree", "add", "--force", ...how, "--", path, commit], { cwd, signal });
      } catch (error) {
        if (error instanceof GitError) throw new StepFailure("unreachable", "worktree_failed", error.message);
        throw error;
      }
    }, signal);
  }

  /** Removes a worktree and its local branch; never throws. */
  async removeWorktree(town: string, rig: RigSpec, path: string, branch: string | null): Promise<void> {
    const cwd = this.repository(town, rig);
    if (!existsSync(cwd)) return;
    await this.#mutexes.of(cwd).run(async () => {
      await dropWorktree(cwd, path).catch(() => undefined);
      if (branch) await git(["update-ref", "-d", "--", `refs/heads/${branch}`], { cwd }).catch(() => undefined);
    });
  }

  /** The fences of this bead's attempts whose worktrees are still there. */
  worktreeFences(town: string, rig: RigSpec, bead: string): number[] {
    const folder = join(this.#state, "work", town, rig.id);
    const names = existsSync(folder) ? readdirSync(folder) : [];
    return names
      .filter((name) => name.startsWith(`${bead}-`) && /^\d+$/.test(name.slice(bead.length + 1)))
      .map((name) => Number(name.slice(bead.length + 1)));
  }
}

/** Holds the URL of the last good fetch; missing until the first one. */
function urlFile(repository: string): string {
  return join(repository, "townkeeper-url");
}

/** Makes the bare repository, or takes it as it is. Every step may be repeated, so a crash in between does no harm. */
async function open(repository: string, rig: RigSpec): Promise<void> {
  if (readText(urlFile(repository)) === rig.repoUrl) return;
  mkdirSync(repository, { recursive: true, mode: 0o700 });
  await git(["init", "--quiet", "--bare"], { cwd: repository });
  // So that agents can use `origin`; the host itself always names the URL, as an agent may change this.
  await git(["config", "remote.origin.url", rig.repoUrl], { cwd: repository });
  await git(["config", "remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*"], { cwd: repository });
  // An agent's git must not prune worktrees in the background either.
  await git(["config", "gc.auto", "0"], { cwd: repository });
}

async function fetchWithLocksMended(repository: string, rig: RigSpec, signal: AbortSignal): Promise<void> {
  const args = [
    "fetch",
    "--quiet",
    "--prune",
    "--no-tags",
    "--force",
    "--",
    rig.repoUrl,
    "+refs/heads/*:refs/remotes/origin/*",
  ];
  try {
    await git(args, { cwd: repository, signal });
  } catch (error) {
    if (!(error instanceof GitError) || !/\.lock['"]?: File exists/.test(error.output)) throw error;
    // A git that was killed leaves its lock behind, and would block this rig for ever.
    removeStaleLocks(repository);
    await git(args, { cwd: repository, signal });
  }
}

function removeStaleLocks(repository: string): void {
  for (const name of readdirSync(repository, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".lock")) continue;
    const path = join(repository, name);
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > staleLockMs) remove(path);
  }
}

async function dropWorktree(repository: string, path: string): Promise<void> {
  remove(path);
  await git(["worktree", "prune", "--expire=now"], { cwd: repository });
}
