/** What all agents of one provider share: its limits, and credentials that it no longer takes. */
import { and, eq, isNotNull, lt, sql } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { type Agent, agents, type Doubt, type Failure, providers } from "../db/schema.ts";
import type { StepContext } from "../db/step.ts";
import { coolDownMs, goneOn } from "./policy.ts";

const SHARED = sql`json_extract(${agents.trouble}, '$.kind') IN ('provider_limited', 'auth')`;

/** None of its agents begins anything until then; those of other providers go on. */
export function coolProvider(
  tx: Tx,
  id: string,
  met: Failure,
  retryAfterMs: number | undefined,
  ctx: StepContext,
): void {
  const before = tx.select().from(providers).where(eq(providers.id, id)).get();
  const troubles = (before?.troubles ?? 0) + 1;
  const trouble = goneOn(met, before?.trouble ?? null);
  const notBeforeMs = ctx.nowMs + coolDownMs(trouble, troubles, retryAfterMs, ctx);
  const row = { troubles, trouble, notBeforeMs };
  ctx.troubled?.();
  tx.insert(providers)
    .values({ id, ...row })
    .onConflictDoUpdate({ target: providers.id, set: row })
    .run();
  tx.update(agents).set({ trouble, troubles }).where(eq(agents.provider, id)).run();
  tx.update(agents)
    .set({ notBeforeMs })
    .where(and(eq(agents.provider, id), lt(agents.notBeforeMs, notBeforeMs)))
    .run();
}

/**
 * One of its runs came to an end of its own: all its agents go on. What an agent has met with one bead stays between those two,
 * until a run of that agent tells more.
 */
export function providerIsWell(tx: Tx, id: string): void {
  const known = tx.delete(providers).where(eq(providers.id, id)).returning().get();
  if (known && known.troubles > 0) endTroubles(tx, id);
  if (known?.doubts) for (const agent of agentsOf(tx, id)) if (agent.doubts) setDoubts(tx, agent, ownOf(agent));
}

/** An operator says that the provider is well, which overrides what its agents have met. */
export function providerIsSaidWell(tx: Tx, id: string): boolean {
  const known = tx.delete(providers).where(eq(providers.id, id)).returning().get();
  if (!known) return false;
  endTroubles(tx, id);
  tx.update(agents).set({ doubts: null }).where(eq(agents.provider, id)).run();
  return true;
}

const endTroubles = (tx: Tx, id: string): void => {
  tx.update(agents)
    .set({ troubles: 0, trouble: null, notBeforeMs: 0 })
    .where(and(eq(agents.provider, id), SHARED))
    .run();
};

type Doubting = Pick<Agent, "id" | "doubts">;

/** What its own runs have met, and not those of others of its provider. */
export const ownOf = ({ id, doubts }: Doubting): Doubt[] => (doubts ?? []).filter(({ agent }) => agent === id);

export const agentsOf = (tx: Tx, provider: string): Doubting[] =>
  tx.select({ id: agents.id, doubts: agents.doubts }).from(agents).where(eq(agents.provider, provider)).all();

export const setDoubts = (tx: Tx, { id }: Pick<Agent, "id">, doubts: readonly Doubt[]): void => {
  tx.update(agents)
    .set({ doubts: doubts.length > 0 ? doubts : null })
    .where(eq(agents.id, id))
    .run();
};

/** Drops doubts of a provider, and of those of its agents that have them for its sake. */
export function dropDoubts(tx: Tx, provider: string, which: (doubt: Doubt) => boolean): void {
  const known = tx.select().from(providers).where(eq(providers.id, provider)).get();
  const left = (known?.doubts ?? []).filter((doubt) => !which(doubt));
  if (known && known.troubles === 0 && left.length === 0) tx.delete(providers).where(eq(providers.id, provider)).run();
  else
    tx.update(providers)
      .set({ doubts: left.length > 0 ? left : null })
      .where(eq(providers.id, provider))
      .run();
  for (const agent of agentsOf(tx, provider)) {
    const keeps = (doubt: Doubt) => !which(doubt) || doubt.agent === agent.id;
    if (agent.doubts && !agent.doubts.every(keeps)) setDoubts(tx, agent, agent.doubts.filter(keeps));
  }
}

/** An agent that comes later finds its provider as it is. */
export function troubleOf(
  tx: Tx,
  id: string | null,
): Partial<Pick<Agent, "troubles" | "trouble" | "notBeforeMs" | "doubts">> {
  const known = id === null ? undefined : tx.select().from(providers).where(eq(providers.id, id)).get();
  if (!known) return {};
  const { troubles, trouble, notBeforeMs, doubts } = known;
  return { troubles, trouble, notBeforeMs, doubts };
}

/** The clock has gone back: those that are kept apart meet as much sooner. */
export function setDoubtsBack(tx: Tx, byMs: number): void {
  for (const table of [agents, providers])
    for (const { id, doubts } of tx
      .select({ id: table.id, doubts: table.doubts })
      .from(table)
      .where(isNotNull(table.doubts))
      .all())
      tx.update(table)
        .set({ doubts: (doubts ?? []).map((doubt) => ({ ...doubt, untilMs: doubt.untilMs - byMs })) })
        .where(eq(table.id, id))
        .run();
}
