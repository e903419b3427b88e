import { setTimeout as sleep } from "node:timers/promises";
import { maxTimerMs } from "./limits.ts";

/** A moment on both clocks: wall time goes on while a laptop sleeps, monotonic time while the wall clock is set back. */
export type Instant = { wallMs: number; monoMs: number };

export function instant(): Instant {
  return { wallMs: Date.now(), monoMs: performance.now() };
}

/** Time since then by whichever clock saw more: a lease that may be over is over. */
export function elapsedMs(since: Instant): number {
  return Math.max(Date.now() - since.wallMs, performance.now() - since.monoMs);
}

/** Waits; ends early, without an error, when the signal aborts. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await sleep(timerMs(ms), undefined, signal ? { signal } : {}).catch(() => undefined);
}

/** A delay that `setTimeout` and `setInterval` take as meant. */
export function timerMs(ms: number): number {
  return Math.max(1, Math.min(ms, maxTimerMs));
}

/** Resolves to whether the promise settled in time. */
export async function settledWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  const timer = new AbortController();
  const settled = promise.then(
    () => true,
    () => true,
  );
  const late = pause(ms, timer.signal).then(() => false);
  const answer = await Promise.race([settled, late]);
  timer.abort();
  return answer;
}
