import { InvalidArgumentError } from "commander";

const UNITS_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Of "30s", "10m", "2h" or "1d"; null: it is no such time. */
export function millisecondsOf(text: string): number | null {
  const [, count, unit] = /^([1-9]\d{0,4})([smhd])$/.exec(text) ?? [];
  return count === undefined ? null : Number(count) * UNITS_MS[unit as keyof typeof UNITS_MS];
}

/** The same, for an option. */
export function durationOf(text: string): number {
  const ms = millisecondsOf(text);
  if (ms === null) throw new InvalidArgumentError("Give a time such as 30s, 10m, 2h or 1d.");
  return ms;
}
