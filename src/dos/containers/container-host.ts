import { httpHost } from "../../ports/http-host.ts";
import type { AgentHost, DiffPort, PreflightPort } from "../../ports/ports.ts";
import type { Env } from "../env.ts";
import { runTokensOf, systemClock } from "../ports.ts";
import { inTrouble } from "./agent-container.ts";
import { TOWN_HOST } from "./egress.ts";
import { bringsWork, containerFor, placement, StartSlots } from "./policy.ts";

/** The rig of an agent; null: there is no such agent. */
export type RigOf = (agent: string) => string | null;

/** The containers of a town as the one host that the engine knows: each order goes to the container of its agent or rig. */
export function containerHost(
  env: Env,
  containers: DurableObjectNamespace,
  town: string,
  rigOf: RigOf,
): AgentHost & PreflightPort & DiffPort {
  const how = placement.catch("town").parse(env.CONTAINER_PER);
  const slots = new StartSlots();

  const ask = async (name: string, path: string, init: RequestInit): Promise<Response> => {
    // To stop or to nudge starts no container.
    if (!bringsWork(init.method, path)) return containers.getByName(name).fetch(`http://host${path}`, init);
    const refusal = slots.refusal(name, Date.now());
    if (refusal) return inTrouble(refusal);
    slots.asked(name, Date.now());
    let warm = false;
    try {
      const response = await containers.getByName(name).fetch(`http://host${path}`, init);
      warm = response.status !== 503;
      return response;
    } finally {
      slots.done(name, warm, Date.now());
    }
  };

  const at = (rig: string, agent: string | null): AgentHost & PreflightPort & DiffPort => {
    const name = containerFor(how, town, { rig, agent });
    return httpHost({
      hostToken: env.HOST_TOKEN,
      runToken: runTokensOf(env),
      publicUrl: `http://${TOWN_HOST}`,
      now: () => systemClock.now(),
      fetch: (path, init) => ask(name, path, init),
    });
  };

  const ofAgent = (agent: string) => at(rigOf(agent) ?? "", agent);
  return {
    start: (run, signal, send) => at(run.rig.id, run.agent).start(run, signal, send),
    land: (landing, signal, send) => at(landing.rig.id, null).land(landing, signal, send),
    preflight: (order, signal) => at(order.rig.id, order.agent).preflight(order, signal),
    look: (order, signal) => at(order.rig.id, null).look(order, signal),
    diff: (order, signal) => at(order.rig.id, null).diff(order, signal),
    stop: (order, signal) => ofAgent(order.agent).stop(order, signal),
    nudge: (order, signal) => ofAgent(order.agent).nudge(order, signal),
  };
}
