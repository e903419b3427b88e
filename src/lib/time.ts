/** The earliest of the times that are set, or null. */
export function earliest(...times: (number | null | undefined)[]): number | null {
  let first: number | null = null;
  for (const time of times) if (time != null && (first === null || time < first)) first = time;
  return first;
}

/** Milliseconds to the ISO 8601 text that the HTTP interface speaks. */
export const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
