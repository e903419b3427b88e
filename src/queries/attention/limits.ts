/** Work that waits for a provider's limit to be over: nobody has to do anything, and it is told when it goes on. */
import { eq } from "drizzle-orm";
import { type Agent, type Failure, providers } from "../../db/schema.ts";
import { counted } from "../../lib/text.ts";
import { earliest } from "../../lib/time.ts";
import { stuckRigs } from "../../reconciler/watch/conditions.ts";
import { pauseNow } from "../../reconciler/watch/staleness.ts";
import { beganMs } from "./agents.ts";
import { type Finding, type Kind, type Look, patch, post, said } from "./item.ts";
import { nextTryMs } from "./next-try.ts";
import { agentsOf, isExplained } from "./served.ts";

type Waiting = Agent & { trouble: Failure };

const waitsForLimit = (agent: Agent): agent is Waiting =>
  agent.enabled && !agent.paused && agent.troubles > 0 && agent.trouble?.kind === "provider_limited";

/** Where anybody else of the rig could work, nothing waits. What lasts long, or is met each time, is its agent's or provider's trouble. */
export const limited: Kind = {
  severity: "notice",
  find(look) {
    const { tx, town, nowMs, most } = look;
    if (pauseNow(town, nowMs) || town.draining || look.isTold("town", town.name)) return [];
    const waits = stuckRigs(tx, nowMs, most).flatMap(({ id, waiting }) => {
      const all = agentsOf(look, id);
      if (all.some((agent) => isExplained(look, agent))) return [];
      return all.filter(waitsForLimit).map((agent) => ({ agent, waiting, rig: id, provider: sharedBy(look, agent) }));
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

/** Those who share a limit share the wait. */
function sharedBy({ tx }: Look, { provider }: Agent): string | null {
  if (provider === null) return null;
  const known = tx.select({ trouble: providers.trouble }).from(providers).where(eq(providers.id, provider)).get();
  return known?.trouble ? provider : null;
}

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
    verb:
      provider === null
        ? patch(`${path}/agents/${id}`, { enabled: true })
        : post(`${path}/providers/${provider}/retry`),
  };
}
