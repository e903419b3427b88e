/**
 * Capped exponential backoff with jitter: half of the step is certain, half is chance, so that a hundred beads that
 * failed together do not come back together.
 * @param failures consecutive failures, from 1
 * @param random a number in [0, 1)
 */
export function backoffMs(failures: number, baseMs: number, capMs: number, random: number): number {
  const step = Math.min(capMs, baseMs * 2 ** Math.min(Math.max(failures, 1) - 1, 30));
  return Math.floor(step / 2 + (step / 2) * random);
}

/**
 * How long to wait for a host or provider that may have said how long: never shorter than our own rising wait, and never longer for
 * their sake than `capMs`. A word that makes no sense (a time that has passed, no number at all) counts as none.
 * @param ownMs a backoff of our own
 * @param wordMs what the other side asked for, from now
 */
export function waitFor(ownMs: number, wordMs: number | undefined, capMs: number): number {
  const told = wordMs !== undefined && wordMs > 0 ? Math.ceil(Math.min(wordMs, capMs)) : 0;
  return Math.max(ownMs, told);
}
