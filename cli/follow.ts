/**
 * What happens in every town of this state folder, a line each, for as long as `npm start` runs. A town is known by the runs on the host here,
 * or by a line of the Worker's log about it.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { runsOf, type TownApi } from "./api.ts";
import { seconds } from "./board.ts";
import type { Display } from "./display.ts";
import { type Known, news, UNKNOWN } from "./news.ts";
import type { StatePaths } from "./paths.ts";
import type { Again } from "./town/again.ts";
import { plain } from "./town/text.ts";

const LOOK_MS = 1_000;
/** Towns come seldom, and their names cost reading a file. */
const NAMES_EVERY = 5;

interface Follower {
  api: TownApi;
  host: { url: string; token: string };
  paths: StatePaths;
  display: Display;
  again: Again;
}

/** Goes on until the signal. Trouble with looking is no trouble of a town: it is looked again. */
export async function followTowns(of: Follower, signal: AbortSignal): Promise<void> {
  const startedMs = performance.now();
  const towns = new Map<string, Known>();
  for (let turn = 0; !signal.aborted; turn++) {
    if (turn % NAMES_EVERY === 0) for (const name of await namesOf(of)) if (!towns.has(name)) towns.set(name, UNKNOWN);
    for (const [name, before] of towns) {
      const { now, lines } = await news(of.api, name, (words) => of.again(`${words} --town ${name}`), before);
      towns.set(name, now);
      for (const line of lines)
        of.display.say(`${seconds(performance.now() - startedMs).padStart(9)}  ${name}: ${plain(line)}`);
    }
    await pause(LOOK_MS, undefined, { signal }).catch(() => undefined);
  }
}

const LINE = /\[([a-z0-9-]{1,63})\] [A-Z]{2}/g;
/** Of a long log its end is enough: it is read again and again. */
const LOG_BYTES = 256 * 1024;

async function namesOf({ host, paths }: Follower): Promise<Set<string>> {
  const names = new Set<string>();
  for (const { town } of await runsOf(host).catch(() => [])) names.add(town);
  for (const [, name = ""] of endOf(paths.workerLog).matchAll(LINE)) names.add(name);
  return names;
}

/** Empty while there is none. */
function endOf(file: string): string {
  try {
    const log = openSync(file, "r");
    try {
      const { size } = fstatSync(log);
      const buffer = Buffer.alloc(Math.min(size, LOG_BYTES));
      return buffer.toString("utf8", 0, readSync(log, buffer, 0, buffer.length, size - buffer.length));
    } finally {
      closeSync(log);
    }
  } catch {
    return "";
  }
}
