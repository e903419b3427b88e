import { refusal } from "../lib/guard.ts";
import type { Tx } from "./client.ts";
import type { Pause } from "./schema.ts";
import type { StepContext } from "./step.ts";
import { changeTown, readTown } from "./town-row.ts";

export interface Asked {
  by: string;
  why: string;
  /** ISO 8601. */
  until?: string | undefined;
}

/**
 * How it stands after an operator's word; undefined: there was none.
 * @throws Refusal 422 when it would be over already
 */
export function pausedAs(
  asked: Asked | null | undefined,
  before: Pause | null,
  nowMs: number,
): Pause | null | undefined {
  if (!asked) return asked;
  const untilMs = asked.until === undefined ? null : Date.parse(asked.until);
  if (untilMs !== null && untilMs <= nowMs)
    throw refusal(422, "until_passed", `${asked.until} has passed.`, "Name a time to come, or leave `until` out.");
  return { by: asked.by, why: asked.why, sinceMs: before?.sinceMs ?? nowMs, untilMs };
}

/**
 * The pause of a rig or an agent is not what it was: passes look for pauses only where there are any, and a line tells of it.
 * @param whose `rig app`
 */
export function countPause(
  tx: Tx,
  whose: string,
  { before, after }: { before: Pause | null; after: Pause | null },
  news: StepContext["news"],
): void {
  const more = Number(after !== null) - Number(before !== null);
  if (more > 0) news?.(`PAUSED ${whose} by ${after?.by}: ${after?.why}`);
  if (more < 0) news?.(`UNPAUSED ${whose}`);
  if (more !== 0) changeTown(tx, { pauses: readTown(tx).pauses + more });
}
