/** Agents and providers that can't work, beside others that can. */
import { agentInput } from "../../../src/commands/inputs.ts";
import { failed } from "../../crashpoints/host.ts";
import type { Said } from "../../crashpoints/scenario.ts";
import type { ChaosWorld } from "../world.ts";
import { type Case, HOUR, MINUTE } from "./case.ts";
import { usual } from "./usual.ts";

/** Whoever runs it, these agents end so. */
const agentsSay = (world: ChaosWorld, agents: readonly string[], says: Said): void => {
  world.behaves = (of) => (of.kind === "run" && agents.includes(of.order.agent) ? { says, workMs: 3_000 } : {});
};

const broken = failed("agent_failed", "exit_code");
const limited: Said = { ...failed("provider_limited", "limit"), retryAfterMs: 60_000 } as Said;

export const agentCases: readonly Case[] = [
  {
    ...usual,
    name: "one of two agents is not let in",
    breaks: (world) => {
      agentsSay(world, ["a1"], failed("auth", "not_logged_in"));
      world.beads(5);
    },
    items: ["agent_trouble a1"],
    lines: ["TROUBLED", "TRIED AGAIN"],
  },
  {
    ...usual,
    name: "the only agent of a rig is not let in",
    agents: 1,
    breaks: (world) => {
      agentsSay(world, ["a1"], failed("auth", "not_logged_in"));
      world.beads(3);
    },
    verdict: "starved",
    healedBy: "an operator",
    items: ["agent_trouble a1"],
    lines: ["STUCK", "SERVED"],
  },
  {
    ...usual,
    name: "a provider lets none of its agents in",
    agents: 3,
    agent: { provider: "acme" },
    breaks: (world) => {
      agentsSay(world, ["a1", "a2", "a3"], failed("auth", "not_logged_in"));
      world.beads(6);
    },
    verdict: "starved",
    healedBy: "an operator",
    items: ["provider_trouble acme"],
    lines: ["TROUBLED", "STUCK", "SERVED", "TRIED AGAIN"],
  },
  {
    ...usual,
    name: "an agent meets its limit each time",
    settings: { unpaidTriesPerDay: null },
    breaks: (world) => {
      agentsSay(world, ["a1"], limited);
      world.beads(2);
      for (let n = 1; n < 60; n++) world.clock.after(n * MINUTE, () => world.beads(1));
    },
    mendsAtMs: 90 * MINUTE,
    endsAtMs: 3 * HOUR,
    withinMs: 80 * MINUTE,
    items: ["agent_trouble a1"],
    lines: ["TROUBLED", "TRIED AGAIN"],
  },
  {
    ...usual,
    name: "a provider's limit is over in twenty minutes",
    agents: 2,
    agent: { provider: "acme" },
    breaks: (world) => {
      agentsSay(world, ["a1", "a2"], { ...failed("provider_limited", "limit"), retryAfterMs: 20 * MINUTE } as Said);
      world.beads(3);
    },
    mendsAtMs: 15 * MINUTE,
    verdict: "starved",
    healedBy: "an operator",
    items: ["limited acme"],
    lines: ["STUCK", "SERVED"],
  },
  {
    ...usual,
    name: "one of three agents fails every bead at once, and the others do well",
    agents: 3,
    breaks: (world) => {
      agentsSay(world, ["a1"], broken);
      world.beads(20);
    },
    items: ["agent_trouble a1"],
    lines: ["TROUBLED", "TRIED AGAIN"],
  },
  {
    ...usual,
    name: "the only agent of a rig fails every bead at once",
    agents: 1,
    breaks: (world) => {
      agentsSay(world, ["a1"], broken);
      world.beads(20);
    },
    verdict: "starved",
    healedBy: "an operator",
    items: ["agent_trouble a1"],
    lines: ["STUCK", "SERVED"],
  },
  {
    ...usual,
    name: "somebody has paused the only agent of a rig",
    agents: 1,
    breaks: (world) => {
      world.tell({ type: "agent_changed", payload: { agent: "a1", paused: { by: "ann", why: "lunch" } } } as never);
      world.beads(2);
    },
    verdict: "starved",
    healedBy: "an operator",
    items: ["stuck lib"],
    lines: ["PAUSED", "STUCK", "UNPAUSED", "SERVED"],
  },
  {
    ...usual,
    name: "a rig has work and no agent",
    agents: 0,
    breaks: (world) => world.beads(3),
    mends: (world) =>
      world.tell({ type: "agent_added", payload: agentInput.parse({ id: "a1", rig: "lib", command: ["x"] }) }),
    verdict: "starved",
    healedBy: "an operator",
    items: ["stuck lib"],
    lines: ["STUCK", "SERVED"],
  },
];
