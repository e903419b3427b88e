import { lstat, opendir } from "node:fs/promises";
import { join } from "node:path";
import { busyShare, filesLookedAt, treeLookMs } from "./limits.ts";
import { cpuMsOf, type ProcessTree } from "./process-group.ts";

/**
 * When an agent last did something: printed, used the processor, itself or a child, or changed its worktree. A build
 * that prints nothing for an hour is at work; a program that waits for an answer that never comes is not. Time is
 * monotonic, so that a clock which is set makes no agent look idle.
 */
export class Activity {
  readonly #tree: ProcessTree;
  readonly #folder: string;
  readonly #patienceMs: number;
  #activeMs = performance.now();
  #cpu: { ms: number; atMs: number } | null = null;
  #newestMs = 0;
  #treeAtMs = performance.now();
  #looking = false;

  /** @param patienceMs how long nothing else must stir before files are looked at */
  constructor(tree: ProcessTree, folder: string, patienceMs = treeLookMs) {
    this.#tree = tree;
    this.#folder = folder;
    this.#patienceMs = patienceMs;
    // A file's time has fractions of a millisecond, which this has not: what was made just before is no change.
    this.#newestMs = Date.now() + 1;
  }

  /** By the wall clock as it stands now. */
  get atMs(): number {
    return Math.round(Date.now() - (performance.now() - this.#activeMs));
  }

  happened(): void {
    this.#activeMs = performance.now();
  }

  /** What it costs grows with the silence: the files are looked at only where nothing else stirs. */
  async look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      if (await this.#isBusy()) this.happened();
      else if (this.#isSilent() && (await this.#hasChanged())) this.happened();
    } catch {
      // a process or a file went away while it was looked at
    } finally {
      this.#looking = false;
    }
  }

  #isSilent(): boolean {
    const nowMs = performance.now();
    return nowMs - this.#activeMs >= this.#patienceMs && nowMs - this.#treeAtMs >= this.#patienceMs;
  }

  /** Programs that wait use a little too: a timer here, a spinner there. */
  async #isBusy(): Promise<boolean> {
    const before = this.#cpu;
    const ms = await cpuMsOf(this.#tree);
    const atMs = performance.now();
    this.#cpu = { ms, atMs };
    // Less than before: a process ended, and took what it had used along.
    return before !== null && ms - before.ms > busyShare * (atMs - before.atMs);
  }

  async #hasChanged(): Promise<boolean> {
    this.#treeAtMs = performance.now();
    const newestMs = await newestIn(this.#folder);
    const changed = newestMs > this.#newestMs;
    this.#newestMs = Math.max(this.#newestMs, newestMs);
    return changed;
  }
}

/**
 * The latest change of a bounded number of files and folders, those nearest to the top first. Links are not followed, and
 * of a folder no more is read than is looked at.
 */
async function newestIn(root: string): Promise<number> {
  const folders = [root];
  let newestMs = 0;
  let left = filesLookedAt;
  for (const path of folders) {
    const found = await lstat(path).catch(() => null);
    const folder = found?.isDirectory() ? await opendir(path).catch(() => null) : null;
    for await (const entry of folder ?? []) {
      if (left-- <= 0) return newestMs;
      const changedMs = await lstat(join(path, entry.name)).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      );
      // A date that was made up, such as an archive's, must not hide what comes after it.
      if (changedMs <= Date.now()) newestMs = Math.max(newestMs, changedMs);
      if (entry.isDirectory()) folders.push(join(path, entry.name));
    }
  }
  return newestMs;
}
