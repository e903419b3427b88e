/** Bounded reads for people: lists by page, single rows with what belongs to them. */
import { desc, eq, lt, sql } from "drizzle-orm";
import type { Db, Tx } from "../db/client.ts";
import type { Page } from "../db/page.ts";
import { agents, type Incident, incidents, rigs, ticks } from "../db/schema.ts";

export const listIncidents = (tx: Tx, { limit, before }: Page): Incident[] =>
  tx
    .select()
    .from(incidents)
    .where(before === undefined ? undefined : lt(incidents.id, before))
    .orderBy(desc(incidents.id))
    .limit(limit)
    .all();

export const listTicks = (tx: Tx, { limit, before }: Page) =>
  tx
    .select()
    .from(ticks)
    .where(before === undefined ? undefined : lt(ticks.tick, before))
    .orderBy(desc(ticks.tick))
    .limit(limit)
    .all();

export const listRigs = (tx: Tx) => tx.select().from(rigs).orderBy(rigs.id).all();
export const listAgents = (tx: Tx) => tx.select().from(agents).orderBy(agents.id).all();

/** Null: there is no such agent. */
export const readRigOf = (tx: Tx | Db, agent: string): string | null =>
  tx.select({ rig: agents.rigId }).from(agents).where(eq(agents.id, agent)).get()?.rig ?? null;

/** How many agents have each status. */
export const countAgents = (tx: Tx): Record<string, number> =>
  Object.fromEntries(
    tx
      .select({ status: agents.status, n: sql<number>`count(*)` })
      .from(agents)
      .groupBy(agents.status)
      .all()
      .map(({ status, n }) => [status, n]),
  );
