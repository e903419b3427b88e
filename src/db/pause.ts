import { refusal } from "../lib/guard.ts";
import type { Pause } from "./schema.ts";

export interface Asked {
  by: string;
  why: string;
  /** ISO 8601. */
  until?: string | undefined;
}

/**
 * How it stands after somebody said so; undefined: nobody did.
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
