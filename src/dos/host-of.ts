import { MANY_CONNECTIONS, PLATFORM_CONNECTIONS } from "../lib/lane.ts";
import { httpHost } from "../ports/http-host.ts";
import type { AgentHost, DiffPort, PreflightPort } from "../ports/ports.ts";
import { containerHost, type RigOf } from "./containers/container-host.ts";
import type { Env } from "./env.ts";
import type { HostChannels } from "./host-channels.ts";
import { runTokensOf, systemClock } from "./ports.ts";

export type Host = AgentHost & PreflightPort & DiffPort;

/** Each order names the joined host that is to be asked, or none: then it is the town's own. */
export function hostOf(env: Env, town: string, rigOf: RigOf, channels: HostChannels): Host {
  const options = optionsOf(env);
  const own = ownHost(env, town, rigOf);
  const joined = (host: string) => httpHost({ ...options, fetch: (path, init) => channels.fetch(host, path, init) });
  const of = ({ host }: { host: string | null }) => (host === null ? own : joined(host));
  return {
    start: (order, signal, send) => of(order).start(order, signal, send),
    land: (order, signal, send) => of(order).land(order, signal, send),
    stop: (order, signal) => of(order).stop(order, signal),
    nudge: (order, signal) => of(order).nudge(order, signal),
    preflight: (order, signal) => of(order).preflight(order, signal),
    look: (order, signal) => of(order).look(order, signal),
    diff: (order, signal) => of(order).diff(order, signal),
  };
}

/** How many calls to each host may be out at once. */
export function connectionsOf({ HOST_CONNECTIONS: given }: Env): number {
  const connections = Number(given);
  return connections >= 1 && connections <= MANY_CONNECTIONS ? Math.floor(connections) : PLATFORM_CONNECTIONS;
}

const optionsOf = (env: Env) => ({
  hostToken: env.HOST_TOKEN,
  runToken: runTokensOf(env),
  publicUrl: env.PUBLIC_URL,
  now: () => systemClock.now(),
});

/** Where agents run is a pure function of the configuration: a host by URL, or containers. */
function ownHost(env: Env, town: string, rigOf: RigOf): Host {
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
  const unseen = () => Promise.reject(new Error("no host is configured"));
  return {
    start: nowhere,
    land: nowhere,
    stop: nowhere,
    nudge: nowhere,
    preflight: unseen,
    look: unseen,
    diff: unseen,
  };
}
