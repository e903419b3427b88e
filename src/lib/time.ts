/** The earliest of the times that are set, or null. */
export function earliest(...times: (number | null | undefined)[]): number | null {
  let first: number | null = null;
  for (const time of times) if (time != null && (first === null || time < first)) first = time;
  return first;
}

const DAY_MS = 86_400_000;

/** The number of the day (UTC). */
export const dayOf = (ms: number): number => Math.floor(ms / DAY_MS);

/** Milliseconds to the ISO 8601 text that the HTTP interface speaks. Null also for what is no date: a row may hold anything. */
export function iso(ms: number | null): string | null {
  if (ms === null) return null;
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
