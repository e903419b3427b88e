/** Who could take a bead, and why one could not now. */

import { preflightBar } from "../../attempts/preflight.ts";
import { barredUntil } from "../../attempts/whose-trouble.ts";
import type { Agent, Bead, Failure } from "../../db/schema.ts";
import { quoted } from "../../lib/text.ts";
import { iso } from "../../lib/time.ts";
import { type Shut, shut } from "./gate.ts";

/** Whether an agent could take a bead now, and if not, why. */
export function troubleWith(agent: Agent, bead: string, nowMs: number): Shut | null {
  const { id, status, beadId, enabled, role, notBeforeMs, trouble, fence, doubts, paused } = agent;
  const barMs = barredUntil(doubts, bead, nowMs);
  if (role === "merger") return shut(`${id} takes no beads: it is a merger`);
  if (!enabled) return shut(`${id} is disabled`);
  if (paused) return shut(`${id} is paused by ${paused.by}: ${paused.why}`, paused.untilMs);
  if (status !== "idle") return shut(`${id} is ${status} on fence ${fence}`);
  if (notBeforeMs > nowMs) {
    // What its preflight found is said by a gate of its own.
    const why = trouble && preflightBar(agent, nowMs) === null ? `: ${trouble.message}` : "";
    return shut(`${id} cools down until ${iso(notBeforeMs)}${why}`, notBeforeMs);
  }
  if (beadId !== null && beadId !== bead) return shut(`${id} waits with ${beadId}`);
  if (barMs !== null) return shut(`${id} is not given it before ${iso(barMs)}: ${doubtOf(agent, bead)}`, barMs);
  return null;
}

const MET: Partial<Record<Failure["kind"], string>> = {
  provider_limited: "it met its provider's limit with it.",
  auth: "it was not let in with it.",
};

/** What it met with this bead, where it is not known yet whose trouble that is. */
function doubtOf({ doubts, trouble, provider }: Agent, bead: string): string {
  const kind = doubts?.find((doubt) => doubt.bead === bead)?.kind;
  const met = quoted(
    kind && trouble?.kind === kind ? trouble.message : ((kind && MET[kind]) ?? "its run failed at once."),
  );
  const whose = provider === null ? "its own" : `that of ${provider}`;
  return `${met}${/[.!?…]$/.test(met) ? "" : "."} Whether the trouble is ${whose} or the bead's, another run tells`;
}

interface Asked {
  readonly bead: Bead;
  readonly agents: readonly Agent[];
  readonly nowMs: number;
}

/** The agent that has it on its hook, or else all of its rig. */
export const candidates = ({ bead, agents }: Pick<Asked, "bead" | "agents">): readonly Agent[] =>
  bead.status === "in_progress" ? agents.filter(({ id }) => id === bead.agentId) : agents;

export const freeCandidates = (asked: Asked): readonly Agent[] =>
  candidates(asked).filter((one) => troubleWith(one, asked.bead.id, asked.nowMs) === null);
