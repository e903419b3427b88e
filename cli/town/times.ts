import { InvalidArgumentError } from "commander";

const UNITS_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Of "30s", "10m", "2h" or "1d"; null: it is no such time. */
export function millisecondsOf(text: string): number | null {
  const [, count, unit] = /^([1-9]\d{0,4})([smhd])$/.exec(text) ?? [];
  return count === undefined ? null : Number(count) * UNITS_MS[unit as keyof typeof UNITS_MS];
}

/** The other way round: "15m". What is no whole number of seconds stays as it is. */
export function timeText(ms: number): string {
  const [unit, size] = Object.entries(UNITS_MS).findLast(([, each]) => ms > 0 && ms % each === 0) ?? ["", 1];
  return `${ms / size}${unit}`;
}

/** A time that is typed behind an option. */
export function durationOf(text: string): number {
  const ms = millisecondsOf(text);
  if (ms === null) throw new InvalidArgumentError("give a time such as 30m, 2h or 1d");
  return ms;
}

/** A moment, as it is written or as how long ago it was: "2h". */
export function timeSince(text: string): string {
  const ms = millisecondsOf(text) ?? Date.now() - Date.parse(text);
  if (Number.isNaN(ms)) throw new InvalidArgumentError("give a time such as 2h, 1d or 2026-01-31T12:00:00Z");
  return new Date(Date.now() - ms).toISOString();
}

/** Whole units, never rounded up. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds >= 172_800) return `${Math.floor(seconds / 86_400)} days`;
  const minutes = Math.floor(seconds / 60) % 60;
  return `${Math.floor(seconds / 3_600)} h${minutes > 0 ? ` ${minutes} min` : ""}`;
}

export const ago = (at: string, nowMs: number): string => `${span(nowMs - Date.parse(at))} ago`;
export const inTime = (at: string, nowMs: number): string =>
  Date.parse(at) <= nowMs ? "now" : `in ${span(Date.parse(at) - nowMs)}`;
