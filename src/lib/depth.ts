/** SQLite reads JSON a thousand levels deep, and walking through it takes stack: what is deeper than this is no real data. */
export const MAX_DEPTH = 100;

/** Whether a JSON value is nested deeper than that. Walks by a list of its own, so it stands any depth. */
export function isTooDeep(value: unknown, most = MAX_DEPTH): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > most) return true;
    level = level.flatMap((one) => (typeof one === "object" && one !== null ? Object.values(one) : []));
  }
  return false;
}
