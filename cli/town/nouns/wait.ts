import { setTimeout as pause } from "node:timers/promises";
import type { Desk } from "../desk.ts";
import { plain } from "../text.ts";
import { statusText } from "../words.ts";

const LOOK_MS = 1_000;
const DAY_MS = 86_400_000;
/** Not as it was wanted. */
const NOT_WELL = 6;

const reached = {
  started: (status: string) => status !== "open",
  landed: (status: string) => status === "closed",
};

/** Waits until all of these are so. @returns the exit code: 6 if one will not be without a person, or not in time */
export async function waitFor(
  desk: Desk,
  ids: readonly string[],
  what: keyof typeof reached,
  timeoutMs = 7 * DAY_MS,
): Promise<0 | 6> {
  const untilMs = performance.now() + timeoutMs;
  const left = new Set(ids);
  let code: 0 | 6 = 0;
  while (left.size > 0) {
    for (const id of [...left]) {
      const { status, lastFailure } = await desk.ask("beads", id);
      const is = String(status);
      const isOver = is === "failed" || is === "cancelled";
      if (!reached[what](is) && !isOver) continue;
      left.delete(id);
      const why = isOver && lastFailure ? `: ${plain(String((lastFailure as { message?: unknown }).message))}` : "";
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
