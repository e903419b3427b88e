import { barredUntil } from "../../attempts/bars.ts";
import { preflightBar } from "../../attempts/preflight.ts";
import type { Tx } from "../../db/client.ts";
import type { Agent, Failure } from "../../db/schema.ts";
import { inTerminalWords } from "../../lib/terminal.ts";
import type { Gate } from "../../reconciler/types.ts";
import { remedyFor } from "../attention/agents.ts";
import type { Verb } from "../attention/item.ts";
import type { Facts } from "./facts.ts";
import { troubleWith } from "./gates.ts";

export interface WayOut {
  what: string;
  /** The one request that opens the gate; null: time does, or the work of others. */
  request: string | null;
  /** The words of `npm run town` that do the same; null: there are none. */
  command: string | null;
}

const wait = (what: string): WayOut => ({ what, request: null, command: null });
function ask(what: string, request: string): WayOut {
  const command = inTerminalWords(request, (words) => `npm run town -- ${words}`);
  return { what, request, command: command === request ? null : command };
}

/** A request that `attention` names too. */
const send = (what: string, { method, path, body }: Verb): WayOut =>
  ask(what, `${method} ${path}${body && Object.keys(body).length > 0 ? ` ${JSON.stringify(body)}` : ""}`);

/** What a person can do about a gate that is shut. */
export function wayOut(tx: Tx, gate: Gate["name"], facts: Facts): WayOut {
  const { town, rig, bead, convoy } = facts;
  const at = `/v1/towns/${town.name}`;
  const setting = (name: string) => ask(`Raise ${name}, or wait.`, `PATCH ${at} {"settings":{"${name}":…}}`);
  switch (gate) {
    case "town_paused":
      return ask("Resume the town.", `PATCH ${at} {"paused":null}`);
    case "draining":
      return ask("Let it take runs again.", `PATCH ${at} {"draining":false}`);
    case "rig_paused":
      return ask("Resume the rig.", `PATCH ${at}/rigs/${rig.id} {"paused":null}`);
    case "rig_trouble":
      return ask(
        "Mend what it names; then say so, or wait for the next try.",
        `POST ${at}/rigs/${rig.id}/landings/retry`,
      );
    case "held":
      return ask("End the hold.", `PATCH ${at}/beads/${bead.id} {"hold":null}`);
    case "convoy_held":
      return ask("Start its convoy.", `POST ${at}/convoys/${convoy?.id}/start`);
    case "blocked":
      return blocked(facts, at);
    case "parked":
    case "backoff":
      return ask("Have it tried again now.", `POST ${at}/beads/${bead.id}/retry`);
    case "day_budget":
      return setting("dayMinutes");
    case "overlap":
      return ask("Wait, or say that it touches other paths.", `PATCH ${at}/beads/${bead.id} {"touches":[…]}`);
    case "review_cap":
      return rig.maxInReview === null
        ? setting("maxInReviewPerRig")
        : ask("Raise its cap, or wait.", `PATCH ${at}/rigs/${rig.id} {"maxInReview":…}`);
    case "town_cap":
      return setting("maxAgents");
    case "rig_cap":
      return rig.maxAgents === null
        ? setting("maxAgentsPerRig")
        : ask("Raise its cap, or wait.", `PATCH ${at}/rigs/${rig.id} {"maxAgents":…}`);
    case "role_cap":
      return setting("maxAgentsByRole");
    case "starts_per_minute":
      return setting("startsPerMinute");
    case "breaker":
      return ask("Mend the host; then say so, or wait for the next try.", breakerOf(facts, at));
    case "host_full":
      return wait("Wait for a run to end, or give the host more places (--max-runs) or more room on its disk.");
    case "no_host":
      return ask("Start the host program on one of these, or enable it.", `GET ${at}/hosts`);
    case "preflight": {
      const one = facts.agents.find((each) => preflightBar(each, facts.nowMs) !== null);
      const request = `POST ${at}/agents/${one?.id}/preflight`;
      return ask("Mend what it names; then have it looked at again.", request);
    }
    case "agent":
      return agent(tx, facts, at);
    case "held_back":
      return ask("See what its start comes to each time.", `GET ${at}/ticks`);
    default:
      return wait("Wait: it goes on by itself.");
  }
}

function blocked({ blockers, bead, parentWaits }: Facts, at: string): WayOut {
  const dead = blockers.find(({ status }) => status === "failed" || status === "cancelled");
  if (dead?.status === "failed")
    return ask(`${dead.id} is parked: have it tried again.`, `POST ${at}/beads/${dead.id}/retry`);
  if (dead)
    return ask(
      `${dead.id} was cancelled: go on without it.`,
      `POST ${at}/beads/${bead.id}/dependencies {"remove":["${dead.id}"]}`,
    );
  if (blockers.length === 0 && parentWaits !== null)
    return ask(`See why its parent ${parentWaits} waits.`, `GET ${at}/beads/${parentWaits}/explain`);
  return wait("Wait for them to close.");
}

/** Of a joined host by its name. */
function breakerOf({ hosts }: Facts, at: string): string {
  const failing = hosts.find(({ breaker }) => breaker?.openUntilMs);
  return `POST ${at}/breaker/close${failing?.id ? ` {"host":"${failing.id}"}` : ""}`;
}

const MEND: Partial<Record<Failure["kind"], string>> = {
  provider_limited: "Wait until the limit is over; should it be over already, have it tried at once.",
};

/** One in trouble before others: that is what `attention` tells of. */
function worstOf(own: readonly Agent[], bead: string, nowMs: number): Agent | undefined {
  const kept = own.filter((agent) => agent.role !== "merger" && troubleWith(agent, bead, nowMs));
  return kept.find(({ enabled, troubles }) => enabled && troubles > 0) ?? kept[0];
}

function agent(tx: Tx, { agents, bead, rig, nowMs }: Facts, at: string): WayOut {
  const own = bead.agentId === null ? agents : agents.filter(({ id }) => id === bead.agentId);
  if (own.length === 0) return ask("Add an agent.", `POST ${at}/agents {"rig":"${rig.id}",…}`);
  if (own.some(({ status, enabled, role }) => status !== "idle" && enabled && role !== "merger"))
    return wait("Wait for one to come free, or add another.");
  const one = worstOf(own, bead.id, nowMs);
  if (!one) return ask("Add an agent.", `POST ${at}/agents {"rig":"${rig.id}",…}`);
  if (one.enabled && !one.paused && one.trouble && one.troubles > 0)
    return send(
      MEND[one.trouble.kind] ?? "Mend what it says, where its host is; then have it tried at once.",
      remedyFor({ tx, path: at }, one),
    );
  if (one.enabled && !one.paused && barredUntil(one.doubts, bead.id, nowMs) !== null)
    return ask(
      "Have it tried again now, or wait for another agent or another bead to tell.",
      `POST ${at}/beads/${bead.id}/retry`,
    );
  if (one.paused) return ask(`Resume ${one.id}.`, `PATCH ${at}/agents/${one.id} {"paused":null}`);
  return ask(`Enable ${one.id}.`, `PATCH ${at}/agents/${one.id} {"enabled":true}`);
}
