import { mintRunToken } from "../lib/run-token.ts";
import { signingKeys } from "../lib/signed-token.ts";
import type { MintsRunToken } from "../ports/http-host.ts";
import type { Alarm, Clock } from "../ports/ports.ts";
import type { Env } from "./env.ts";

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, then) => {
    const timer = setTimeout(then, ms);
    return () => clearTimeout(timer);
  },
};

/** Keys are read when they are needed: a list that can't be read fails a start, not the town. */
export const runTokensOf =
  (env: Env): MintsRunToken =>
  async (claims, limits) =>
    mintRunToken(signingKeys(env), claims, { ...limits, nowMs: systemClock.now() });

/**
 * The object's one alarm, with what we believe of it kept in memory: an alarm that stands already is not written again,
 * since each write is paid for.
 */
export class ObjectAlarm implements Alarm {
  readonly #storage: DurableObjectStorage;
  /** Undefined: not known. */
  #atMs: number | null | undefined = undefined;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  /** What the platform holds: asked once, when the object wakes. */
  believe(atMs: number | null): void {
    this.#atMs = atMs;
  }

  /** The platform has taken the alarm down by firing it. */
  fired(): void {
    this.#atMs = null;
  }

  get atMs(): number | null | undefined {
    return this.#atMs;
  }

  set(atMs: number): void {
    if (this.#atMs === atMs) return;
    const written = this.#storage.setAlarm(atMs);
    this.#atMs = atMs;
    written.catch(() => this.forget());
  }

  clear(): void {
    if (this.#atMs === null) return;
    const written = this.#storage.deleteAlarm();
    this.#atMs = null;
    written.catch(() => this.forget());
  }

  forget(): void {
    this.#atMs = undefined;
  }
}
