import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { removeTree } from "./agent-files.ts";
import { attemptFiles, type Context } from "./context.ts";
import { evidenceKeptMs, logsKeptBytes, logsKeptMs, sweepEveryMs } from "./limits.ts";
import { aboutOf } from "./log.ts";
import { forgetOver } from "./over.ts";
import { entriesOf } from "./untrusted-files.ts";

/** Of an attempt that is over: what it left in its folder, or what it printed. */
type Leftover = { town: string; bead: string; fence: number; endedMs: number; bytes: number; remove(): Promise<void> };

/**
 * Removes what attempts left for people to look at: after a while, and before that, when their bead is over, and the oldest
 * first when room is short.
 */
export class Leftovers {
  readonly #context: Context;
  #sweeping: Promise<void> | null = null;
  readonly #timer: NodeJS.Timeout;

  constructor(context: Context) {
    this.#context = context;
    this.#timer = setInterval(() => void this.sweep(), sweepEveryMs);
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** One at a time; never throws. */
  sweep(): Promise<void> {
    this.#sweeping ??= this.#makeRoom()
      .then(() => forgetOver(this.#context))
      .catch((error: unknown) => this.#context.log(`cannot tidy up: ${error}`, { level: "warn" }))
      .finally(() => {
        this.#sweeping = null;
      });
    return this.#sweeping;
  }

  async #makeRoom(): Promise<void> {
    const nowMs = Date.now();
    const folders = await this.#removeOld(await this.#folders(), nowMs - evidenceKeptMs, Number.POSITIVE_INFINITY);
    const logs = await this.#removeOld(await this.#logs(), nowMs - logsKeptMs, logsKeptBytes);
    // Folders first: they are large, and what an agent printed says more about it.
    for (const leftover of [...folders, ...logs]) {
      if (!this.#isShort) return;
      await this.#remove(leftover, "room is short");
    }
  }

  /** Twice what a start needs, so that the next one finds room as well. */
  get #isShort(): boolean {
    const { disk } = this.#context;
    return (disk.freeBytes ?? Number.POSITIVE_INFINITY) < 2 * disk.leastFreeBytes;
  }

  /** @returns what stays, oldest first: what ended since then, as much of the newest as fits */
  async #removeOld(found: Leftover[], sinceMs: number, mostBytes: number): Promise<Leftover[]> {
    const newestFirst = found.sort((a, b) => b.endedMs - a.endedMs);
    const kept: Leftover[] = [];
    let bytes = 0;
    for (const leftover of newestFirst) {
      bytes += leftover.bytes;
      if (leftover.endedMs >= sinceMs && bytes <= mostBytes) kept.unshift(leftover);
      else await this.#remove(leftover, "it is old");
    }
    return kept;
  }

  async #remove(leftover: Leftover, why: string): Promise<void> {
    if (this.#isLive(leftover)) return;
    await leftover.remove();
    this.#context.log(`what it left is removed, ${why}`, aboutOf(leftover));
  }

  #isLive({ town, bead }: { town: string; bead: string }): boolean {
    return this.#context.live.all().some((worker) => worker.town === town && worker.bead === bead);
  }

  async #folders(): Promise<Leftover[]> {
    const { stateDirectory, workshops } = this.#context;
    const all: Leftover[] = [];
    for (const town of await foldersIn(join(stateDirectory, "work")))
      for (const rig of await foldersIn(join(stateDirectory, "work", town)))
        for (const name of await foldersIn(join(stateDirectory, "work", town, rig))) {
          const path = join(stateDirectory, "work", town, rig, name);
          const remove = (bead: string, fence: number) =>
            workshops.close({ kind: "work", town, rig: { id: rig }, bead, fence });
          const leftover = await this.#leftover(town, name, path, [], remove);
          if (leftover) all.push(leftover);
        }
    return all;
  }

  async #logs(): Promise<Leftover[]> {
    const { stateDirectory } = this.#context;
    const all: Leftover[] = [];
    for (const town of await foldersIn(join(stateDirectory, "attempts")))
      for (const name of await foldersIn(join(stateDirectory, "attempts", town))) {
        const path = join(stateDirectory, "attempts", town, name);
        const files = [join(path, "output.log"), join(path, "gate.log")];
        const remove = (bead: string, fence: number) =>
          removeTree(attemptFiles(this.#context, { town, bead, fence }).folder);
        const leftover = await this.#leftover(town, name, path, files, remove);
        if (leftover) all.push(leftover);
      }
    return all;
  }

  /** Null: its bead is at work, or the name is none of the host's. */
  async #leftover(
    town: string,
    name: string,
    path: string,
    files: readonly string[],
    remove: (bead: string, fence: number) => Promise<void>,
  ): Promise<Leftover | null> {
    const [, bead = "", number = ""] = /^(.+)-(\d+)$/.exec(name) ?? [];
    if (bead === "" || this.#isLive({ town, bead })) return null;
    const fence = Number(number);
    const record = this.#context.runBook.get(town, fence);
    // No agent can set this time of a folder's; it moves with each change in it.
    const changedMs = (await lstat(path).catch(() => null))?.ctimeMs ?? 0;
    let bytes = 0;
    for (const file of files) bytes += (await lstat(file).catch(() => null))?.size ?? 0;
    const endedMs = record?.outcomeAtMs ?? changedMs;
    return { town, bead, fence, endedMs, bytes, remove: () => remove(bead, fence) };
  }
}

const foldersIn = async (path: string): Promise<string[]> =>
  (await entriesOf(path)).filter(({ isFolder }) => isFolder).map(({ name }) => name);
