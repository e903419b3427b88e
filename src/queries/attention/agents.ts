/** Agents and providers that a wait does not mend. */
import { and, desc, eq, isNotNull, type SQL, sql } from "drizzle-orm";
import type { Tx } from "../../db/client.ts";
import { type Agent, agents, type Failure, providers } from "../../db/schema.ts";
import { COUNTED, countOf, type Kind, type Look, patch, post, said, type Verb } from "./item.ts";
import { nextTryMs, nextTryOfMs } from "./next-try.ts";

/** So often in a row a provider's limit is no accident. */
const MANY_TROUBLES = 5;

/** Who is kept from work for so long is worth a person's while, though it opens by itself: a week's limit, for one. */
const LONG_WAIT_MS = 3_600_000;

const MENDED_BY_PEOPLE = sql.raw(
  [
    "command_missing",
    "preflight_failed",
    "low_disk",
    "no_credit",
    "unknown_model",
    "untrusted_folder",
    "setup",
    "unknown_error",
  ]
    .map((code) => `'${code}'`)
    .join(", "),
);

/** What it fails every bead with; of a limit or a login such a code says nothing. */
const failsEveryBead = (trouble: typeof agents.trouble | typeof providers.trouble): SQL =>
  sql`(json_extract(${trouble}, '$.kind') = 'refused' AND json_extract(${trouble}, '$.code') IN ('exit_code', 'signal'))`;

/** A person must log in, install something, add credit or make room. Nor does a wait mend a limit that is met each time. */
const mustBeMended = ({ trouble, troubles, notBeforeMs }: typeof agents | typeof providers): SQL =>
  sql`(json_extract(${trouble}, '$.kind') = 'auth' OR json_extract(${trouble}, '$.code') IN (${MENDED_BY_PEOPLE}) OR ${failsEveryBead(trouble)} OR ${troubles} >= ${MANY_TROUBLES}
    OR ${notBeforeMs} - json_extract(${trouble}, '$.atMs') > ${LONG_WAIT_MS})`;

const hasTrouble = <T extends { trouble: Failure | null }>(row: T): row is T & { trouble: Failure } =>
  row.trouble !== null;

const since = (trouble: typeof agents.trouble | typeof providers.trouble) =>
  sql`coalesce(json_extract(${trouble}, '$.sinceMs'), json_extract(${trouble}, '$.atMs'))`;
/** Older rows know the newest only. */
export const beganMs = ({ sinceMs, atMs }: Failure): number => sinceMs ?? atMs;

/** What all agents of a provider share is told once. */
const isProviders = sql`(${agents.provider} IS NOT NULL AND ${agents.provider} IN (SELECT id FROM providers WHERE trouble IS NOT NULL) AND json_extract(${agents.trouble}, '$.kind') IN ('auth', 'provider_limited'))`;
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

/** Where others can tell whether it is the agent's trouble or its bead's, they will. */
const isFoundOut = sql`(${agents.doubts} IS NOT NULL AND (coalesce(instr(${agents.doubts}, '"bead":"' || ${agents.beadId} || '"') = 0, 0)
  OR EXISTS (SELECT 1 FROM agents o WHERE o.rig_id = ${agents.rigId} AND o.id <> ${agents.id} AND o.enabled AND o.troubles = 0)))`;

/** A disabled agent is nobody's trouble: somebody wanted it so. */
export const isAgentsOwn = and(
  sql`${agents.troubles} > 0 AND ${agents.enabled}`,
  isNotNull(agents.trouble),
  mustBeMended(agents),
  sql`NOT ${isProviders}`,
  sql`NOT ${isFoundOut}`,
);

export const isProvidersOwn = and(isNotNull(providers.trouble), mustBeMended(providers));

export const agentTrouble: Kind = {
  severity: "warning",
  find: ({ tx, path, most, nowMs }) =>
    tx
      .select()
      .from(agents)
      .where(isAgentsOwn)
      .orderBy(desc(since(agents.trouble)), agents.id)
      .limit(most)
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
  count: ({ tx }) => countOf(tx, tx.select({ id: agents.id }).from(agents).where(isAgentsOwn).limit(COUNTED)),
};

export const providerTrouble: Kind = {
  severity: "critical",
  find: ({ tx, path, most, nowMs }) =>
    tx
      .select()
      .from(providers)
      .where(isProvidersOwn)
      .orderBy(desc(since(providers.trouble)), providers.id)
      .limit(most)
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
