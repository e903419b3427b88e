/** What all agents of one provider share: its limits, and credentials that it no longer takes. */
import { and, eq, lt, sql } from "drizzle-orm";
import type { Tx } from "../client.ts";
import { type Agent, agents, type Failure, providers } from "../schema.ts";
import type { StepContext } from "./context.ts";
import { coolDownMs } from "./policy.ts";

const SHARED = sql`json_extract(${agents.trouble}, '$.kind') IN ('provider_limited', 'auth')`;

export const isProviders = (agent: Agent, { kind }: Failure): agent is Agent & { provider: string } =>
  agent.provider !== null && (kind === "provider_limited" || kind === "auth");

/** None of its agents begins anything until then; those of other providers go on. */
export function coolProvider(
  tx: Tx,
  id: string,
  trouble: Failure,
  retryAfterMs: number | undefined,
  ctx: StepContext,
): void {
  const before = tx.select().from(providers).where(eq(providers.id, id)).get();
  const troubles = (before?.troubles ?? 0) + 1;
  const notBeforeMs = ctx.nowMs + coolDownMs(trouble, troubles, retryAfterMs, ctx);
  const row = { troubles, trouble, notBeforeMs };
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

/** One of its runs came to an end of its own, or a person says that it is well: all its agents go on. */
export function providerIsWell(tx: Tx, id: string): boolean {
  const known = tx.delete(providers).where(eq(providers.id, id)).returning().get();
  if (!known) return false;
  tx.update(agents)
    .set({ troubles: 0, trouble: null, notBeforeMs: 0 })
    .where(and(eq(agents.provider, id), SHARED))
    .run();
  return true;
}

/** An agent that comes later finds its provider as it is. */
export function troubleOf(tx: Tx, id: string | null): Partial<Pick<Agent, "troubles" | "trouble" | "notBeforeMs">> {
  const known = id === null ? undefined : tx.select().from(providers).where(eq(providers.id, id)).get();
  return known ? { troubles: known.troubles, trouble: known.trouble, notBeforeMs: known.notBeforeMs } : {};
}
