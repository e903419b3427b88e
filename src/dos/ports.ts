import { httpHost } from "../ports/http-host.ts";
import type { AgentHost, Alarm, Clock } from "../ports/ports.ts";
import { containerHost, type RigOf } from "./container-host.ts";
import type { Env } from "./env.ts";
import type { HostChannels } from "./host-channels.ts";

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

/** Each order names the joined host that is to be asked, or none: then it is the town's own. */
export function hostOf(env: Env, town: string, rigOf: RigOf, channels: HostChannels): AgentHost {
  const options = optionsOf(env);
  const own = ownHost(env, town, rigOf);
  const joined = (host: string) => httpHost({ ...options, fetch: (path, init) => channels.fetch(host, path, init) });
  const of = ({ host }: { host: string | null }) => (host === null ? own : joined(host));
  return {
    start: (order, signal) => of(order).start(order, signal),
    land: (order, signal) => of(order).land(order, signal),
    stop: (order, signal) => of(order).stop(order, signal),
    nudge: (order, signal) => of(order).nudge(order, signal),
  };
}

const optionsOf = (env: Env) => ({
  hostToken: env.HOST_TOKEN,
  runTokenKey: env.RUN_TOKEN_KEY,
  publicUrl: env.PUBLIC_URL,
});

/** Where agents run is a pure function of the configuration: a host by URL, or containers. */
function ownHost(env: Env, town: string, rigOf: RigOf): AgentHost {
  const options = optionsOf(env);
  const { HOST_URL: url, AGENT_CONTAINER: containers } = env;
  if (url) return httpHost({ ...options, fetch: (path, init) => fetch(`${url}${path}`, init) });
  if (containers) return containerHost(env, containers, town, rigOf);
  const nowhere = () =>
    Promise.resolve({
      accepted: false,
      code: "no_host",
      message: "No host is configured: set HOST_URL, bind AGENT_CONTAINER, or add a host that joins: POST …/hosts.",
    });
  return { start: nowhere, land: nowhere, stop: nowhere, nudge: nowhere };
}
