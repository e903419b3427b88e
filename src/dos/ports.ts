import { httpHost } from "../ports/http-host.ts";
import type { AgentHost, Alarm, Clock, Scout } from "../ports/ports.ts";
import type { Env } from "./env.ts";

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
    }),
};

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

/** Where agents run is a pure function of the configuration: a host by URL, or a container per town. */
export function hostOf(env: Env, town: string): AgentHost & Scout {
  const options = { hostToken: env.HOST_TOKEN, runTokenKey: env.RUN_TOKEN_KEY, publicUrl: env.PUBLIC_URL };
  const { HOST_URL: url, AGENT_CONTAINER: containers } = env;
  if (url) return httpHost({ ...options, fetch: (path, init) => fetch(`${url}${path}`, init) });
  if (containers)
    return httpHost({
      ...options,
      fetch: (path, init) => containers.getByName(town).fetch(`http://host${path}`, init),
    });
  const nowhere = () =>
    Promise.resolve({
      accepted: false,
      code: "no_host",
      message: "No host is configured: set HOST_URL, or bind AGENT_CONTAINER.",
    });
  const unseen = () => Promise.reject(new Error("no host is configured"));
  return { start: nowhere, land: nowhere, stop: nowhere, nudge: nowhere, preflight: unseen };
}
