/** The requests that `attention` names, as the facts that the routes make of them: read by the same schemas. */

import { type CommandFact, commands } from "../src/commands/index.ts";
import {
  agentChange,
  agentInput,
  beadEdit,
  breakerClose,
  dependenciesChange,
  dismissal,
  hostChange,
  hostTakeover,
  incidentDismissal,
  stopInput,
  townChange,
} from "../src/commands/inputs.ts";
import { namesIn, type Params } from "../src/lib/operation.ts";
import type { Verb } from "../src/queries/attention/item.ts";
import type { Fact } from "../src/reconciler/ingest.ts";

type Read = (id: string, body: Record<string, unknown>) => Fact | null;

const routes: readonly (readonly [method: Verb["method"], path: RegExp, read: Read])[] = [
  ["PATCH", /^$/, (_, body) => ({ type: "town_changed", payload: townChange.parse(body) })],
  ["POST", /^\/reconcile$/, () => null],
  ["POST", /^\/breaker\/close$/, (_, body) => ({ type: "breaker_closed", payload: breakerClose.parse(body) })],
  ["POST", /^\/rigs\/([^/]+)\/landings\/retry$/, (rig) => ({ type: "landings_retried", payload: { rig } })],
  ["POST", /^\/providers\/([^/]+)\/retry$/, (provider) => ({ type: "provider_retried", payload: { provider } })],
  ["POST", /^\/agents$/, (_, body) => ({ type: "agent_added", payload: agentInput.parse(body) })],
  [
    "PATCH",
    /^\/agents\/([^/]+)$/,
    (agent, body) => ({ type: "agent_changed", payload: agentChange.parse({ agent, ...body }) }),
  ],
  [
    "POST",
    /^\/agents\/([^/]+)\/stop$/,
    (agent, body) => ({ type: "agent_stopped", payload: stopInput.parse({ agent, ...body }) }),
  ],
  [
    "POST",
    /^\/beads\/([^/]+)\/dependencies$/,
    (bead, body) => ({ type: "dependencies_changed", payload: { bead, change: dependenciesChange.parse(body) } }),
  ],
  [
    "PATCH",
    /^\/beads\/([^/]+)$/,
    (bead, body) => ({ type: "bead_edited", payload: { bead, edit: beadEdit.parse(body) } }),
  ],
  [
    "PATCH",
    /^\/hosts\/([^/]+)$/,
    (host, body) => ({ type: "host_changed", payload: hostChange.parse({ host, ...body }) }),
  ],
  [
    "POST",
    /^\/hosts\/([^/]+)\/takeover$/,
    (host, body) => ({ type: "host_taken_over", payload: hostTakeover.parse({ host, ...body }) }),
  ],
  ["DELETE", /^\/unreadable\/(\d+)$/, (id) => ({ type: "unreadable_dismissed", payload: { id: Number(id) } })],
  [
    "DELETE",
    /^\/quarantine\/(\d+)$/,
    (id) => ({ type: "event_dismissed", payload: dismissal.parse({ event: Number(id) }) }),
  ],
  [
    "POST",
    /^\/incidents\/(\d+)\/dismiss$/,
    (id, body) => ({ type: "incident_dismissed", payload: incidentDismissal.parse({ incident: Number(id), ...body }) }),
  ],
];

/**
 * @returns null: the town only looks at everything again
 * @throws Error for what no route takes
 */
export function factOf({ method, path, body }: Verb): Fact | null {
  const below = path.replace(/^\/v1\/towns\/[^/]+/, "");
  const command = commandFact(method, below, body ?? {});
  if (command) return command;
  for (const [of, shape, read] of routes) {
    const found = of === method ? shape.exec(below) : null;
    if (found) return read(found[1] ?? "", body ?? {});
  }
  throw new Error(`no route takes ${method} ${path}`);
}

/** Null: no command is sent there. */
function commandFact(method: Verb["method"], path: string, body: object): CommandFact | null {
  for (const command of commands) {
    const shape = new RegExp(`^${command.path.replaceAll(/\{\w+\}/g, "([^/]+)")}$`);
    const found = command.method === method ? shape.exec(path) : null;
    if (!found) continue;
    const names = namesIn(command.path).map((name, index) => [name, found[index + 1]]);
    const { params = {} } = command;
    const carried = Object.fromEntries(
      names.map(([name = "", value]) => [name, (params as Params)[name]?.parse(value)]),
    );
    return { type: command.type, payload: { ...carried, ...command.body?.parse(body) } } as CommandFact;
  }
  return null;
}
