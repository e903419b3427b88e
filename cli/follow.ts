/**
 * What happens in every town of this state folder, a line each, for as long as `npm start` runs. A town is known by the runs on the host here,
 * or by a line of the Worker's log about it.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { runsOf, type TownApi } from "./api.ts";
import { seconds } from "./board.ts";
import type { Display } from "./display.ts";
import { Reading } from "./news.ts";
import type { StatePaths } from "./paths.ts";
import { messages } from "./stream.ts";
import type { Again } from "./town/again.ts";
import { plain } from "./town/text.ts";

/** Towns come seldom. One that is followed tells by itself what happens in it, so that a quiet one costs nothing. */
const LOOK_MS = 10_000;

interface Follower {
  api: TownApi;
  host: { url: string; token: string };
  paths: StatePaths;
  display: Display;
  again: Again;
}

/** Goes on until the signal. */
export async function followTowns(of: Follower, signal: AbortSignal): Promise<void> {
  const startedMs = performance.now();
  const followed = new Set<string>();
  const log = new LogEnd(of.paths.workerLog);
  while (!signal.aborted) {
    for (const town of await namesOf(of, log)) {
      if (followed.has(town)) continue;
      followed.add(town);
      const tell = (line: string): void =>
        of.display.say(`${seconds(performance.now() - startedMs).padStart(9)}  ${town}: ${plain(line)}`);
      void followTown(of, town, tell, signal).finally(() => followed.delete(town));
    }
    await pause(LOOK_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Until the signal, or until the town refuses, since it was removed: then it is followed again once it is heard of again. */
async function followTown(
  { api, again }: Follower,
  town: string,
  tell: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const reading = new Reading();
  const againThere: Again = (words) => again(`${words} --town ${town}`);
  try {
    for await (const message of messages(api.of(town), signal))
      for (const line of reading.read(message, againThere)) tell(line);
  } catch {
    // Trouble with looking is no trouble of a town.
  }
}

const LINE = /\[([a-z0-9-]{1,63})\] [A-Z]{2}/g;

async function namesOf({ host }: Follower, log: LogEnd): Promise<Set<string>> {
  const names = new Set<string>();
  for (const { town } of await runsOf(host).catch(() => [])) names.add(town);
  for (const [, name = ""] of log.read().matchAll(LINE)) names.add(name);
  return names;
}

/** Of what was there before, the end is enough. */
const LOG_BYTES = 256 * 1024;

/** A log, read on from where it was read to. */
class LogEnd {
  readonly #file: string;
  #readTo = 0;

  constructor(file: string) {
    this.#file = file;
  }

  /** Empty while there is nothing new. */
  read(): string {
    try {
      const log = openSync(this.#file, "r");
      try {
        const { size } = fstatSync(log);
        // One that has become shorter was begun anew.
        const from = Math.max(size < this.#readTo ? 0 : this.#readTo, size - LOG_BYTES);
        const buffer = Buffer.alloc(size - from);
        const read = readSync(log, buffer, 0, buffer.length, from);
        this.#readTo = from + read;
        return buffer.toString("utf8", 0, read);
      } finally {
        closeSync(log);
      }
    } catch {
      return "";
    }
  }
}
