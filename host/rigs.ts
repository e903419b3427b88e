import { createHash } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { RigSpec } from "../src/protocol/common.ts";
import { type Instant, instant } from "./clock.ts";
import { GitError, git, gitSays, type Repository } from "./git.ts";
import { type Heads, writeGitDir } from "./git-folders.ts";
import { staleLockMs } from "./limits.ts";
import { Mutexes } from "./mutex.ts";
import { StepFailure } from "./outcomes.ts";
import { readText, remove, writeDurably } from "./state-files.ts";

/**
 * The host's mirrors of the rigs: one bare repository per town, rig and URL, which no agent works in. A rig that moves
 * elsewhere gets a new one: no branch of the one is taken for one of the other's. Nothing is ever packed away or pruned
 * there, since attempts borrow its objects. Fetches of one mirror run one at a time, since git would otherwise refuse over
 * its lock files.
 */
export class Rigs {
  readonly #state: string;
  readonly #mutexes = new Mutexes();
  readonly #fetches = new Map<string, Instant>();

  constructor(stateDirectory: string) {
    this.#state = stateDirectory;
  }

  mirror(town: string, rig: RigSpec): Repository {
    const place = createHash("sha256").update(rig.repoUrl).digest("hex").slice(0, 12);
    return { gitDir: join(this.#state, "rigs", town, `${rig.id}.${place}.mirror`) };
  }

  /**
   * Makes the mirror as new as the remote. Callers that came while a fetch ran share the next one.
   *
   * @throws StepFailure `clone_failed` or `fetch_failed`
   */
  async fetch(town: string, rig: RigSpec, signal: AbortSignal): Promise<void> {
    const askedMs = instant().monoMs;
    const mirror = this.mirror(town, rig);
    await this.#mutexes.of(mirror.gitDir).run(async () => {
      const last = this.#fetches.get(mirror.gitDir);
      if (last && last.monoMs > askedMs && readText(urlFile(mirror)) === rig.repoUrl) return;
      const startedAt = instant();
      await this.#fetchNow(mirror, rig, signal);
      this.#fetches.set(mirror.gitDir, startedAt);
    }, signal);
  }

  async #fetchNow(mirror: Repository, rig: RigSpec, signal: AbortSignal): Promise<void> {
    const isNew = readText(urlFile(mirror)) !== rig.repoUrl;
    try {
      if (isNew) writeGitDir(mirror.gitDir, { head: "ref: refs/heads/none", borrows: [] });
      await withLocksMended(mirror.gitDir, () => git(mirror, fetchAll(rig), { signal }));
      if (isNew) writeDurably(urlFile(mirror), rig.repoUrl);
    } catch (error) {
      if (!(error instanceof GitError)) throw error;
      throw new StepFailure("unreachable", isNew ? "clone_failed" : "fetch_failed", error.message);
    }
  }

  /**
   * A mirror that has a commit; what it has already is not fetched again. Null if the remote does not have it.
   *
   * @throws StepFailure as `fetch`
   */
  async bring(town: string, rig: RigSpec, commit: string, signal: AbortSignal): Promise<Repository | null> {
    const mirror = this.mirror(town, rig);
    const isThere = () => gitSays(mirror, ["cat-file", "-e", `${commit}^{commit}`]).catch(() => false);
    if (readText(urlFile(mirror)) === rig.repoUrl && (await isThere())) return mirror;
    await this.fetch(town, rig, signal);
    if (await isThere()) return mirror;
    // A commit that no branch has any more: many servers give it out when they are asked for it by its name.
    const args = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--", rig.repoUrl, commit];
    await git(mirror, args, { signal }).catch(() => undefined);
    return (await isThere()) ? mirror : null;
  }

  /**
   * Has a commit that was made here stay in the mirror, on no branch of it: others are rebased onto it, and where it was made
   * it is gone when its landing is.
   *
   * @throws StepFailure `worktree_failed`
   */
  async keep(town: string, rig: RigSpec, from: Repository, commit: string, signal: AbortSignal): Promise<void> {
    const args = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--", from.gitDir, commit];
    await git(this.mirror(town, rig), args, { signal }).catch((error: unknown) => {
      throw error instanceof GitError ? new StepFailure("unreachable", "worktree_failed", error.message) : error;
    });
  }

  /**
   * Has the mirror hold on to a commit of another repository's by a name.
   *
   * @throws GitError
   */
  async hold(town: string, rig: RigSpec, from: Repository, named: Named, signal?: AbortSignal): Promise<void> {
    const { gitDir } = this.mirror(town, rig);
    const args = ["push", "--quiet", "--no-verify", "--", gitDir, `+${named.commit}:${named.ref}`];
    await withLocksMended(gitDir, () => git(from, args, { signal }));
  }

  /** All branches that the remote had at the last fetch. */
  async heads(town: string, rig: RigSpec): Promise<Heads> {
    const prefix = "refs/remotes/origin/";
    const listed = await git(this.mirror(town, rig), ["for-each-ref", "--format=%(objectname) %(refname)", prefix]);
    const heads = new Map<string, string>();
    for (const line of listed.split("\n")) {
      const [commit, name] = line.split(" ");
      if (commit && name) heads.set(name.slice(prefix.length), commit);
    }
    return heads;
  }

  /** The default branch's newest commit, or where it is to begin. */
  async defaultHead(town: string, rig: RigSpec): Promise<string> {
    return defaultHeadOf(await this.heads(town, rig), rig);
  }

  /** Whether the mirror has this commit, on a branch or not. */
  async has(town: string, rig: RigSpec, commit: string): Promise<boolean> {
    return gitSays(this.mirror(town, rig), ["cat-file", "-e", `${commit}^{commit}`]).catch(() => false);
  }

  /** Whether `newer` has `older` in its history. False also when a commit is missing. */
  async contains(town: string, rig: RigSpec, newer: string, older: string): Promise<boolean> {
    const args = ["merge-base", "--is-ancestor", "--end-of-options", older, newer];
    return gitSays(this.mirror(town, rig), args).catch(() => false);
  }
}

/**
 * The default branch's newest commit, or where it is to begin.
 *
 * @throws StepFailure `no_branch` if the remote has neither
 */
export function defaultHeadOf(heads: Heads, rig: RigSpec): string {
  for (const branch of [rig.defaultBranch, rig.forkOf]) {
    const head = branch && heads.get(branch);
    if (head) return head;
  }
  throw new StepFailure("rig_trouble", "no_branch", noBranch(heads, rig));
}

function noBranch(heads: Heads, { id, defaultBranch }: RigSpec): string {
  if (heads.size === 0)
    return `The repository is empty: it has no commit yet.\nPOST …/rigs/${id}/preflight {"begin": true} has its first one made.`;
  const names = [...heads.keys()].slice(0, 5).join(", ").slice(0, 300);
  return `The repository has no branch ${defaultBranch}. It has ${names}${heads.size > 5 ? ", …" : ""}.\nPush one, or PATCH …/rigs/${id} {"defaultBranch": null} for the one that the remote names.`;
}

/** Holds the URL of the last good fetch; missing until the first one. */
function urlFile(mirror: Repository): string {
  return join(mirror.gitDir, "townkeeper-url");
}

type Named = { commit: string; ref: string };

function fetchAll({ repoUrl }: RigSpec): string[] {
  const options = ["--quiet", "--prune", "--no-tags", "--force", "--no-write-fetch-head"];
  return ["fetch", ...options, "--", repoUrl, "+refs/heads/*:refs/remotes/origin/*"];
}

/** @param step writes into this git directory, once or, where a lock was in its way, twice */
async function withLocksMended(gitDir: string, step: () => Promise<unknown>): Promise<void> {
  try {
    await step();
  } catch (error) {
    if (!(error instanceof GitError) || !/\.lock['"]?: File exists/.test(error.output)) throw error;
    // A git that was killed leaves its lock behind, and would block this rig for ever.
    removeStaleLocks(gitDir);
    await step();
  }
}

function removeStaleLocks(gitDir: string): void {
  for (const name of readdirSync(gitDir, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".lock")) continue;
    const path = join(gitDir, name);
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > staleLockMs) remove(path);
  }
}
