/** Agents and providers that a wait does not mend. */
import { desc, sql } from "drizzle-orm";
import { isAgentsOwn, isProvidersOwn } from "../../attempts/needs-person.ts";
import { providersInTrouble, remedyFor } from "../../attempts/remedy.ts";
import { type Agent, agents, type Failure, providers } from "../../db/schema.ts";
import { atMost, prepared } from "../../db/statements.ts";
import { COUNTED, countOf, type Kind, type Look, post, said, type Verb, WANTED } from "./item.ts";
import { nextTryMs, nextTryOfMs } from "./next-try.ts";

const hasTrouble = <T extends { trouble: Failure | null }>(row: T): row is T & { trouble: Failure } =>
  row.trouble !== null;

const since = (trouble: typeof agents.trouble | typeof providers.trouble) =>
  sql`coalesce(json_extract(${trouble}, '$.sinceMs'), json_extract(${trouble}, '$.atMs'))`;
/** Older rows know the newest only. */
export const beganMs = ({ sinceMs, atMs }: Failure): number => sinceMs ?? atMs;

/** Its request, as it is sent. */
export const remedyOf = ({ path }: Pick<Look, "path">, agent: Agent, troubled: ReadonlySet<string>): Verb => {
  const remedy = remedyFor(agent, troubled);
  return { ...remedy, path: path + remedy.path };
};

const troubledAgents = prepared((tx) =>
  tx
    .select()
    .from(agents)
    .where(isAgentsOwn)
    .orderBy(desc(since(agents.trouble)), agents.id)
    .limit(atMost(WANTED))
    .prepare(),
);

export const agentTrouble: Kind = {
  severity: "warning",
  find: ({ tx, path, nowMs }) => {
    const troubled = providersInTrouble(tx);
    return troubledAgents(tx)
      .all()
      .filter(hasTrouble)
      .map((agent) => {
        const { id, rigId, provider, troubles, trouble, doubts } = agent;
        return {
          target: { type: "agent" as const, id },
          sinceMs: beganMs(trouble),
          times: troubles,
          tried: { as: "run" as const, rig: rigId, agent: id },
          what: `${id} can't work: ${said(trouble)}`,
          meanwhile: "it is tried again now and then, and no bead pays for it; other agents go on",
          nextMs: nextTryMs(tx, agent, nowMs),
          hint: "Mend what it says, where its host is; then this request has it tried at once.",
          evidence: { agent: id, rig: rigId, provider, troubles, trouble, doubts: doubts ?? [] },
          verb: remedyOf({ path }, agent, troubled),
        };
      });
  },
  count: ({ tx }) => countOf(tx, tx.select({ id: agents.id }).from(agents).where(isAgentsOwn).limit(atMost(COUNTED))),
};

const troubledProviders = prepared((tx) =>
  tx
    .select()
    .from(providers)
    .where(isProvidersOwn)
    .orderBy(desc(since(providers.trouble)), providers.id)
    .limit(atMost(WANTED))
    .prepare(),
);

export const providerTrouble: Kind = {
  severity: "critical",
  find: ({ tx, path, nowMs }) =>
    troubledProviders(tx)
      .all()
      .filter(hasTrouble)
      .map(({ id, troubles, trouble }) => ({
        target: { type: "provider" as const, id },
        sinceMs: beganMs(trouble),
        times: troubles,
        tried: { as: "run" as const },
        what: `no agent of ${id} can work: ${said(trouble)}`,
        meanwhile: "one of its agents tries again now and then, and no bead pays for it; agents of others go on",
        nextMs: nextTryOfMs(tx, id, nowMs),
        hint: "Mend what it says; then this request has its agents go on at once.",
        evidence: { provider: id, troubles, trouble },
        verb: post(`${path}/providers/${id}/retry`),
      })),
};
