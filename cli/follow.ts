/**
 * What happens in every town of this state folder, a line each, for as long as `npm start` runs. A town is known by the Worker's list; where
 * that has more than are followed, by the runs on the host here, or by a line of the Worker's log about it.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { runsOf, type TownApi } from "./api.ts";
import { seconds } from "./board.ts";
import { PAGE } from "./client.ts";
import type { Display } from "./display.ts";
import { Reading } from "./news.ts";
import type { StatePaths } from "./paths.ts";
import { messages } from "./stream.ts";
import type { Again } from "./town/again.ts";
import { plain } from "./town/text.ts";

/** Towns come seldom. One that is followed tells by itself what happens in it, so that a quiet one costs nothing. */
const LOOK_MS = 10_000;
/** Before a town's first message. */
const BEGINNING = 0;

interface Follower {
  api: TownApi;
  host: { url: string; token: string };
  paths: StatePaths;
  display: Display;
  again: Again;
  /** A town that was made from then on is told from its beginning. */
  sinceMs: number;
  /** The town of which all was told already up to now; null: there is none. */
  told: string | null;
}

/** A town, and what is known of it: one that is followed again goes on from there. */
interface Followed {
  /** Null: that is not known. */
  createdAt: string | null;
  reading: Reading;
  /** Of the last message that was read; null: the first is to say how the town is now. */
  seq: number | null;
  isNow: boolean;
}

/** Goes on until the signal. */
export async function followTowns(of: Follower, signal: AbortSignal): Promise<void> {
  const startedMs = performance.now();
  const nowMs = Date.now();
  const towns = new Map<string, Followed>();
  const log = new LogEnd(of.paths.workerLog);
  while (!signal.aborted) {
    for (const [town, createdAt] of await townsOf(of, log)) {
      const last = towns.get(town);
      if (last?.isNow) continue;
      const isSame = last !== undefined && (createdAt === null || createdAt === last.createdAt);
      const followed = isSame ? last : unread(createdAt, town === of.told ? nowMs : of.sinceMs);
      towns.set(town, followed);
      const tell = (line: string): void =>
        of.display.say(`${seconds(performance.now() - startedMs).padStart(9)}  ${town}: ${plain(line)}`);
      void followTown(of, town, followed, tell, signal);
    }
    await pause(LOOK_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** What has happened in a new town is in no snapshot where it is over, so that it is asked for all that has changed. */
function unread(createdAt: string | null, sinceMs: number): Followed {
  const isNew = createdAt !== null && Date.parse(createdAt) >= sinceMs;
  return { createdAt, reading: new Reading(sinceMs), seq: isNew ? BEGINNING : null, isNow: false };
}

/** Until the signal, or until the town refuses, since it was removed: then it is followed again once it is heard of again. */
async function followTown(
  { api, again }: Follower,
  town: string,
  followed: Followed,
  tell: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const againThere: Again = (words) => again(`${words} --town ${town}`);
  followed.isNow = true;
  try {
    for await (const message of messages(api.of(town), signal, { after: followed.seq })) {
      followed.seq = message.seq;
      for (const line of followed.reading.read(message, againThere)) tell(line);
    }
  } catch {
    // Trouble with looking is no trouble of a town.
  } finally {
    followed.isNow = false;
  }
}

const LINE = /\[([a-z0-9-]{1,63})\] [A-Z]{2}/g;

/** By their names, each with when it was made. Of an old one that is heard of otherwise that is not known. */
async function townsOf({ api, host }: Follower, log: LogEnd): Promise<Map<string, string | null>> {
  const listed = await api.client.list("/v1/towns", {}, {}, PAGE).catch(() => null);
  const towns = new Map<string, string | null>();
  // Mostly the list has all of them, and nobody else need be asked.
  if (listed === null || listed.length === PAGE) {
    for (const { town } of await runsOf(host).catch(() => [])) towns.set(town, null);
    for (const [, name = ""] of log.read().matchAll(LINE)) towns.set(name, null);
  }
  for (const { name, createdAt } of listed ?? []) towns.set(name, createdAt);
  return towns;
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
