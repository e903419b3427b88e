import { setTimeout as pause } from "node:timers/promises";
import { type Command, Option } from "commander";
import type { Desk } from "../desk.ts";
import { plain } from "../text.ts";
import { durationOf } from "../times.ts";
import { statusText } from "../words.ts";

const LOOK_MS = 1_000;
const DAY_MS = 86_400_000;
/** Not as it was wanted. */
const NOT_WELL = 6;

const reached = {
  started: (status: string) => status !== "open",
  landed: (status: string) => status === "closed",
};

/** What is made or begun can be waited for. */
export const waiting = (command: Command): Command =>
  command
    .addOption(
      new Option("--wait [for]", "until it is: started, or landed").choices(["started", "landed"]).preset("landed"),
    )
    .option("--timeout <time>", "how long to wait: 30s, 10m, 2h", durationOf);

export interface Waiting {
  wait?: keyof typeof reached;
  timeout?: number;
}

/** Waits until all of these are so, if that was asked for. The exit code is 6 if one will not be without a person, or not in time. */
export async function waitFor(
  desk: Desk,
  ids: readonly string[],
  { wait: what, timeout = 7 * DAY_MS }: Waiting,
): Promise<void> {
  if (what !== undefined) process.exitCode = await waited(desk, ids, what, timeout);
}

async function waited(
  desk: Desk,
  ids: readonly string[],
  what: keyof typeof reached,
  timeoutMs: number,
): Promise<0 | 6> {
  const untilMs = performance.now() + timeoutMs;
  const left = new Set(ids);
  let code: 0 | 6 = 0;
  while (left.size > 0) {
    for (const id of [...left]) {
      const { status: is, lastFailure } = await desk.line.asking(
        () => desk.town.get("/beads/{bead}", { bead: id }),
        untilMs,
      );
      const isOver = is === "failed" || is === "cancelled";
      if (!reached[what](is) && !isOver) continue;
      left.delete(id);
      const how = is === "failed" ? `; \`${desk.again(`explain ${id}`)}\` says more` : "";
      const why = isOver && lastFailure ? `: ${plain(lastFailure.message)}${how}` : "";
      process.stderr.write(`${id}: ${statusText(is)}${why}\n`);
      if (isOver) code = NOT_WELL;
    }
    if (left.size === 0) break;
    if (performance.now() > untilMs) {
      process.stderr.write(
        `${[...left].join(", ")}: not ${what} in time; \`${desk.again(`explain ${[...left][0]}`)}\` says why\n`,
      );
      return NOT_WELL;
    }
    await pause(LOOK_MS);
  }
  return code;
}
