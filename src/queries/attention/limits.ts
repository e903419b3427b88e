/** Work that waits for a provider's limit to be over: no one has to act, and the operator is told when it goes on. */
import { sql } from "drizzle-orm";
import { providersInTrouble, sharedWith } from "../../attempts/remedy.ts";
import { agentsNeedingAttention } from "../../db/probes.ts";
import { type Agent, type Failure, rigs } from "../../db/schema.ts";
import { counted } from "../../lib/text.ts";
import { earliest } from "../../lib/time.ts";
import { stuckRigs } from "../../reconciler/watch/conditions.ts";
import { pauseNow } from "../../reconciler/watch/staleness.ts";
import { beganMs, remedyOf } from "./agents.ts";
import { type Finding, type Kind, type Look, said, WANTED } from "./item.ts";
import { nextTryMs } from "./next-try.ts";
import { agentsOf, isExplained } from "./served.ts";

type Waiting = Agent & { trouble: Failure };

const waitsForLimit = (agent: Agent): agent is Waiting =>
  agent.enabled && !agent.paused && agent.troubles > 0 && agent.trouble?.kind === "provider_limited";

/** A shorter wait is none that an operator would look for. */
const SHORT_MS = 60_000;

/** Where another agent of the rig could work, nothing waits. What lasts long, or is met each time, is its agent's or provider's trouble. */
export const limited: Kind = {
  severity: "notice",
  find(look) {
    const { tx, town, nowMs } = look;
    if (pauseNow(town, nowMs) || town.draining || look.isTold("town", town.name)) return [];
    const troubled = providersInTrouble(tx);
    const stuck = stuckRigs(tx, nowMs, WANTED);
    const waits = [...stuck, ...soonOver(look, new Set(stuck.map(({ id }) => id)))].flatMap(({ id, waiting }) => {
      const all = agentsOf(look, id);
      if (all.some((agent) => isExplained(look, agent))) return [];
      return all
        .filter(waitsForLimit)
        .map((agent) => ({ agent, waiting, rig: id, provider: sharedWith(agent, troubled) }));
    });
    const shared = Map.groupBy(waits, ({ agent, provider }) => provider ?? `/${agent.id}`);
    return [...shared.values()].map((group) => waitOf(look, group)).sort((a, b) => b.sinceMs - a.sinceMs);
  },
};

interface Wait {
  agent: Waiting;
  rig: string;
  /** How many beads of it wait. */
  waiting: number;
  /** Whose limit it is; null: the agent's own. */
  provider: string | null;
}

/** Rigs that are not called stuck, since it is over soon, or is one bead's alone so far: an operator who looks why nothing moves is told. */
function soonOver(look: Look, but: ReadonlySet<string>): { id: string; waiting: number }[] {
  const { tx, nowMs } = look;
  return [...agentsNeedingAttention(tx, nowMs).rigsInTrouble].flatMap((id) => {
    if (but.has(id)) return [];
    const able = agentsOf(look, id).filter(({ enabled, paused }) => enabled && !paused);
    const waits = able.filter(waitsForLimit).map((agent) => waitMs(look, agent));
    if (waits.length < able.length || waits.includes(0) || !waits.some((ms) => ms >= SHORT_MS)) return [];
    const waiting = waitingIn(look, id);
    return waiting > 0 ? [{ id, waiting }] : [];
  });
}

/** From its trouble to its next try; 0: it is being tried, or could be. */
const waitMs = ({ tx, nowMs }: Look, agent: Waiting): number =>
  Math.max(0, (nextTryMs(tx, agent, nowMs) ?? 0) - agent.trouble.atMs);

/** Beads of a rig that wait, ready or on a hook; none while it is paused. */
const waitingIn = ({ tx }: Look, rigId: string): number =>
  tx
    .select({
      n: sql<number>`(SELECT count(*) FROM (SELECT 1 FROM beads b WHERE b.rig_id = rigs.id AND b.status = 'open' AND b.blocked_by = 0 LIMIT 1000))
        + (SELECT count(*) FROM agents h WHERE h.rig_id = rigs.id AND h.bead_id IS NOT NULL)`,
    })
    .from(rigs)
    .where(sql`${rigs.id} = ${rigId} AND ${rigs.paused} IS NULL`)
    .get()?.n ?? 0;

/** Those who share a limit share the wait. */
function waitOf({ tx, nowMs, path }: Look, group: readonly Wait[]): Finding {
  const agents = group.map(({ agent }) => agent);
  const [{ agent: first, provider }] = group as [Wait];
  const { id, trouble } = first;
  const rigs = new Map(group.map(({ rig, waiting }) => [rig, waiting]));
  const beads = [...rigs.values()].reduce((sum, waiting) => sum + waiting, 0);
  return {
    target: provider === null ? { type: "agent", id } : { type: "provider", id: provider },
    sinceMs: Math.min(...agents.map((agent) => beganMs(agent.trouble))),
    times: Math.max(...agents.map(({ troubles }) => troubles)),
    what: `${counted(beads, "bead")} wait${beads === 1 ? "s" : ""} for the limit of ${provider ?? id} to be over: ${said(trouble)}`,
    meanwhile: "it goes on by itself then; other agents and providers go on",
    nextMs: earliest(...agents.map((agent) => nextTryMs(tx, agent, nowMs))),
    hint: "Nothing is wrong; this request has it tried at once, should the limit be over already.",
    evidence: { provider, agents: agents.map((agent) => agent.id).sort(), rigs: Object.fromEntries(rigs), trouble },
    verb: remedyOf({ path }, first, providersInTrouble(tx)),
  };
}
