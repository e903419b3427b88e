import type { Clock } from "./ports.ts";

export class DeadlineError extends Error {
  override name = "DeadlineError";
}

/**
 * Rejects at the deadline and aborts the work. The work may still go on somewhere: that is what the fence is for. Work that fails
 * is aborted too, for what of it may be left under way.
 */
export function withDeadline<T>(work: (signal: AbortSignal) => Promise<T>, ms: number, clock: Clock): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = new AbortController();
    const fail = (error: unknown) => {
      reject(error);
      abort.abort();
    };
    const stop = clock.after(ms, () =>
      fail(new DeadlineError(`no answer within ${ms} ms; what was asked for may still happen`)),
    );
    work(abort.signal).then(
      (value) => {
        stop();
        resolve(value);
      },
      (error) => {
        stop();
        fail(error);
      },
    );
  });
}
