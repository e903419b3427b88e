/** Agents and providers that a wait does not mend. */
import { desc, eq, sql } from "drizzle-orm";
import { isAgentsOwn, isProvidersOwn } from "../../attempts/needs-person.ts";
import type { Tx } from "../../db/client.ts";
import { type Agent, agents, type Failure, providers } from "../../db/schema.ts";
import { atMost } from "../../db/statements.ts";
import { COUNTED, countOf, type Kind, type Look, patch, post, said, type Verb } from "./item.ts";
import { nextTryMs, nextTryOfMs } from "./next-try.ts";

const hasTrouble = <T extends { trouble: Failure | null }>(row: T): row is T & { trouble: Failure } =>
  row.trouble !== null;

const since = (trouble: typeof agents.trouble | typeof providers.trouble) =>
  sql`coalesce(json_extract(${trouble}, '$.sinceMs'), json_extract(${trouble}, '$.atMs'))`;
/** Older rows know the newest only. */
export const beganMs = ({ sinceMs, atMs }: Failure): number => sinceMs ?? atMs;

const SHARED = new Set<Failure["kind"]>(["auth", "provider_limited"]);

/** What is so of all of an agent's provider; null: it has none, or that is well. */
export function providerInTrouble(tx: Tx, { provider, trouble }: Pick<Agent, "provider" | "trouble">): string | null {
  if (provider === null || !trouble || !SHARED.has(trouble.kind)) return null;
  const known = tx.select({ trouble: providers.trouble }).from(providers).where(eq(providers.id, provider)).get();
  return known?.trouble ? provider : null;
}

/** What has an agent in trouble tried at once. Whoever tells of one names this request, so that all name the same. */
export function remedyFor({ tx, path }: Pick<Look, "tx" | "path">, agent: Agent): Verb {
  const provider = providerInTrouble(tx, agent);
  if (provider !== null) return post(`${path}/providers/${provider}/retry`);
  // Looked at again rather than believed: a host can tell.
  if (agent.trouble?.code === "preflight_failed") return post(`${path}/agents/${agent.id}/preflight`, {});
  return patch(`${path}/agents/${agent.id}`, { enabled: true });
}

export const agentTrouble: Kind = {
  severity: "warning",
  find: ({ tx, path, most, nowMs }) =>
    tx
      .select()
      .from(agents)
      .where(isAgentsOwn)
      .orderBy(desc(since(agents.trouble)), agents.id)
      .limit(atMost(most))
      .all()
      .filter(hasTrouble)
      .map((agent) => {
        const { id, rigId, provider, troubles, trouble, doubts } = agent;
        return {
          target: { type: "agent" as const, id },
          sinceMs: beganMs(trouble),
          times: troubles,
          what: `${id} can't work: ${said(trouble)}`,
          meanwhile: "it is tried again now and then, and no bead pays for it; other agents go on",
          nextMs: nextTryMs(tx, agent, nowMs),
          hint: "Mend what it says, where its host is; then this request has it tried at once.",
          evidence: { agent: id, rig: rigId, provider, troubles, trouble, doubts: doubts ?? [] },
          verb: remedyFor({ tx, path }, agent),
        };
      }),
  count: ({ tx }) => countOf(tx, tx.select({ id: agents.id }).from(agents).where(isAgentsOwn).limit(atMost(COUNTED))),
};

export const providerTrouble: Kind = {
  severity: "critical",
  find: ({ tx, path, most, nowMs }) =>
    tx
      .select()
      .from(providers)
      .where(isProvidersOwn)
      .orderBy(desc(since(providers.trouble)), providers.id)
      .limit(atMost(most))
      .all()
      .filter(hasTrouble)
      .map(({ id, troubles, trouble }) => ({
        target: { type: "provider" as const, id },
        sinceMs: beganMs(trouble),
        times: troubles,
        what: `no agent of ${id} can work: ${said(trouble)}`,
        meanwhile: "one of its agents tries again now and then, and no bead pays for it; agents of others go on",
        nextMs: nextTryOfMs(tx, id, nowMs),
        hint: "Mend what it says; then this request has its agents go on at once.",
        evidence: { provider: id, troubles, trouble },
        verb: post(`${path}/providers/${id}/retry`),
      })),
};
