import type { Clock } from "./ports.ts";

export class DeadlineError extends Error {
  override name = "DeadlineError";
}

/** Rejects at the deadline and aborts the work. The work may still go on somewhere: that is what the fence is for. */
export async function withDeadline<T>(work: (signal: AbortSignal) => Promise<T>, ms: number, clock: Clock): Promise<T> {
  const abort = new AbortController();
  const timer = new AbortController();
  const late = clock.sleep(ms, timer.signal).then((): never => {
    throw new DeadlineError(`no answer within ${ms} ms; what was asked for may still happen`);
  });
  try {
    return await Promise.race([work(abort.signal), late]);
  } finally {
    timer.abort();
    abort.abort();
  }
}
