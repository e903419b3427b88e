/** Runs tasks one after another. */
export class Mutex {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => undefined);
    return result;
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
