import { remedyFor } from "../../attempts/remedy.ts";
import { barredUntil } from "../../attempts/whose-trouble.ts";
import type { Agent, Failure } from "../../db/schema.ts";
import { candidates, troubleWith } from "./candidates.ts";
import { type BeadFacts, defineGate, type Shut, shut } from "./gate.ts";
import { ask, type WayOut, wait } from "./way-out.ts";

function read(facts: Pick<BeadFacts, "bead" | "agents" | "nowMs" | "rigId">): Shut | null {
  const own = candidates(facts);
  if (own.length === 0) return shut(`rig ${facts.rigId} has no agents`);
  const troubles = own.map((one) => troubleWith(one, facts.bead.id, facts.nowMs));
  if (troubles.includes(null)) return null;
  const first = troubles.flatMap((trouble) => trouble?.untilMs ?? []);
  const named = troubles.slice(0, 5).map((trouble) => trouble?.why);
  const more = troubles.length > named.length ? `, and ${troubles.length - named.length} more` : "";
  const who = facts.bead.status === "in_progress" ? "its agent is not free" : "no agent is free";
  return shut(`${who}: ${named.join("; ")}${more}`, first.length > 0 ? Math.min(...first) : null);
}

const BARRED = "no agent is free but those whose runs of it met a trouble that may be its own, or theirs";

/** One in trouble before others: that is what `attention` tells of. */
function worstOf(own: readonly Agent[], bead: string, nowMs: number): Agent | undefined {
  const kept = own.filter((each) => each.role !== "merger" && troubleWith(each, bead, nowMs));
  return kept.find(({ enabled, troubles }) => enabled && troubles > 0) ?? kept[0];
}

/** The request that `attention` names too. */
function mend(facts: BeadFacts, agent: Agent, { kind }: Failure): WayOut {
  const { method, path, body } = remedyFor(agent, facts.providersInTrouble);
  const what =
    kind === "provider_limited"
      ? "Wait until the limit is over; should it be over already, have it tried at once."
      : "Mend what it says, where its host is; then have it tried at once.";
  return ask(facts, what, `${method} ${path}${body && Object.keys(body).length > 0 ? ` ${JSON.stringify(body)}` : ""}`);
}

function wayOut(facts: BeadFacts): WayOut {
  const { agents: all, bead, rig, nowMs } = facts;
  const add = ask(facts, "Add an agent.", `POST /agents {"rig":"${rig.id}",…}`);
  const own = bead.agentId === null ? all : all.filter(({ id }) => id === bead.agentId);
  if (own.length === 0) return add;
  if (own.some(({ status, enabled, role }) => status !== "idle" && enabled && role !== "merger"))
    return wait("Wait for one to come free, or add another.");
  const one = worstOf(own, bead.id, nowMs);
  if (!one) return add;
  const isOn = one.enabled && !one.paused;
  const isBarred = isOn && barredUntil(one.doubts, bead.id, nowMs) !== null;
  // Whose trouble it is, is not known yet where another agent can tell: `attention` does not blame this one either.
  const canTell = all.some(({ id, enabled, troubles }) => id !== one.id && enabled && troubles === 0);
  if (isOn && one.trouble && one.troubles > 0 && !(isBarred && canTell)) return mend(facts, one, one.trouble);
  if (isBarred) {
    const what = "Have it tried again now, or wait for another agent or another bead to tell.";
    return ask(facts, what, `POST /beads/${bead.id}/retry`);
  }
  if (one.paused) return ask(facts, `Resume ${one.id}.`, `PATCH /agents/${one.id} {"paused":null}`);
  return ask(facts, `Enable ${one.id}.`, `PATCH /agents/${one.id} {"enabled":true}`);
}

export const agent = defineGate({
  name: "agent",
  shutBy: "no agent of its rig that is free",
  before: "runs",
  read,
  // Only agents that are free are loaded for a plan; some of them may be kept apart from some beads.
  inPlan: ({ barredUntilMs }) => (barredUntilMs === null ? null : shut(BARRED, barredUntilMs)),
  wayOut,
});
