import { pushPatienceMs } from "./limits.ts";
import { Ended } from "./outcomes.ts";

/**
 * Runs one push. What was sent can't be called back: cut off, it may still arrive. So when the run or landing is ended
 * meanwhile, the push may come to its end, and only then is the run gone. Not so when the lease is over or the host is
 * leaving: then every moment counts.
 */
export async function withPatience<T>(ended: AbortSignal, push: (cutOff: AbortSignal) => Promise<T>): Promise<T> {
  ended.throwIfAborted();
  const cutOff = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const onEnd = () => {
    timer = setTimeout(() => cutOff.abort(ended.reason), hasTime(ended.reason) ? pushPatienceMs : 0);
  };
  ended.addEventListener("abort", onEnd, { once: true });
  try {
    return await push(cutOff.signal);
  } finally {
    clearTimeout(timer);
    ended.removeEventListener("abort", onEnd);
  }
}

function hasTime(reason: unknown): boolean {
  return reason instanceof Ended && reason.reason !== "lease" && reason.reason !== "draining";
}
