/** Runs tasks one after another. */
export class Mutex {
  #last: Promise<unknown> = Promise.resolve();

  /** @param signal a caller that gives up while waiting for its turn leaves the line at once; the task is then never run */
  run<T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    let begun = false;
    const result = this.#last.then(() => {
      signal?.throwIfAborted();
      begun = true;
      return task();
    });
    this.#last = result.catch(() => undefined);
    if (!signal) return result;
    const { promise: gaveUp, reject } = Promise.withResolvers<never>();
    const giveUp = () => {
      if (!begun) reject(signal.reason);
    };
    signal.addEventListener("abort", giveUp, { once: true });
    void this.#last.then(() => signal.removeEventListener("abort", giveUp));
    return Promise.race([result, gaveUp]);
  }
}

/** One mutex per key, made when first asked for. */
export class Mutexes {
  #byKey = new Map<string, Mutex>();

  of(key: string): Mutex {
    let mutex = this.#byKey.get(key);
    if (!mutex) {
      mutex = new Mutex();
      this.#byKey.set(key, mutex);
    }
    return mutex;
  }
}
