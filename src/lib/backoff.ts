/**
 * Capped exponential backoff with jitter: half of the step is certain, half is chance, so that a hundred beads that
 * failed together do not come back together.
 * @param failures failures in a row, from 1
 * @param random a number in [0, 1)
 */
export function backoffMs(failures: number, baseMs: number, capMs: number, random: number): number {
  const step = Math.min(capMs, baseMs * 2 ** Math.min(Math.max(failures, 1) - 1, 30));
  return Math.floor(step / 2 + (step / 2) * random);
}
