import { barredUntil } from "../../attempts/bars.ts";
import { preflightBar } from "../../attempts/preflight.ts";
import { wordsOf } from "../../attempts/rig-words.ts";
import { inTerminalWords } from "../../lib/terminal.ts";
import type { Gate } from "../../reconciler/types.ts";
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

/** What a person can do about a gate that is shut. */
export function wayOut(gate: Gate["name"], facts: Facts): WayOut {
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
        `${remedyOf(facts) ?? "Mend what it names."} Then say so, or wait for the next try.`,
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
      return ask("Mend the host; then say so, or wait for the next try.", `POST ${at}/breaker/close`);
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
      return agent(facts, at);
    case "held_back":
      return ask("See what its start comes to each time.", `GET ${at}/ticks`);
    default:
      return wait("Wait: it goes on by itself.");
  }
}

/** What mends the rig's trouble, where its host could say. */
function remedyOf({ rig, bead }: Facts): string | null {
  const trouble = bead.status === "in_review" ? rig.landingTrouble : rig.pushTrouble;
  return trouble && wordsOf(trouble.failure).remedy;
}

function blocked({ blockers, bead }: Facts, at: string): WayOut {
  const dead = blockers.find(({ status }) => status === "failed" || status === "cancelled");
  if (dead?.status === "failed")
    return ask(`${dead.id} is parked: have it tried again.`, `POST ${at}/beads/${dead.id}/retry`);
  if (dead)
    return ask(
      `${dead.id} was cancelled: go on without it.`,
      `POST ${at}/beads/${bead.id}/dependencies {"remove":["${dead.id}"]}`,
    );
  return wait("Wait for them to close.");
}

function agent({ agents, bead, rig, nowMs }: Facts, at: string): WayOut {
  const own = bead.agentId === null ? agents : agents.filter(({ id }) => id === bead.agentId);
  if (own.length === 0) return ask("Add an agent.", `POST ${at}/agents {"rig":"${rig.id}",…}`);
  if (own.some(({ status, enabled, role }) => status !== "idle" && enabled && role !== "merger"))
    return wait("Wait for one to come free, or add another.");
  const one = own.find((agent) => troubleWith(agent, bead.id, nowMs) && agent.role !== "merger");
  if (!one) return ask("Add an agent.", `POST ${at}/agents {"rig":"${rig.id}",…}`);
  if (barredUntil(one.doubts, bead.id, nowMs) !== null)
    return ask(
      "Have it tried again now, or wait for another agent or another bead to tell.",
      `POST ${at}/beads/${bead.id}/retry`,
    );
  if (one.paused) return ask(`Resume ${one.id}.`, `PATCH ${at}/agents/${one.id} {"paused":null}`);
  if (one.trouble && one.provider !== null)
    return ask(`Say that ${one.provider} is well, or wait.`, `POST ${at}/providers/${one.provider}/retry`);
  return ask(`Enable ${one.id}.`, `PATCH ${at}/agents/${one.id} {"enabled":true}`);
}
