/** Bounded reads for people: lists by page, single rows with what belongs to them. */
import { and, desc, eq, gte, inArray, lt, type SQL, sql } from "drizzle-orm";
import type { Db, Tx } from "../db/client.ts";
import type { Page } from "../db/page.ts";
import { agents, type Bead, beads, type Incident, incidents, rigs, ticks } from "../db/schema.ts";

export interface BeadQuery extends Page {
  status?: Bead["status"][] | undefined;
  rig?: string | undefined;
  agent?: string | undefined;
  convoy?: string | undefined;
  label?: string | undefined;
  text?: string | undefined;
  since?: number | undefined;
}

export const listBeads = (tx: Tx, { limit, before, ...wanted }: BeadQuery): Bead[] =>
  tx
    .select()
    .from(beads)
    .where(and(...given(...filtersOf(wanted), before !== undefined && lt(beads.seq, before))))
    .orderBy(desc(beads.seq))
    .limit(limit)
    .all();

const filtersOf = ({ status, rig, agent, convoy, label, text, since }: Omit<BeadQuery, "limit">) => [
  status && inArray(beads.status, status),
  rig && eq(beads.rigId, rig),
  agent && eq(beads.agentId, agent),
  convoy && eq(beads.convoyId, convoy),
  label && sql`EXISTS (SELECT 1 FROM json_each(${beads.labels}) WHERE value = ${label})`,
  text && sql`instr(lower(${beads.title} || char(10) || ${beads.body}), lower(${text})) > 0`,
  since !== undefined && gte(beads.updatedAtMs, since),
];

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

const given = (...conditions: (SQL | false | "" | undefined)[]): SQL[] =>
  conditions.filter((c): c is SQL => Boolean(c));

export const listRigs = (tx: Tx) => tx.select().from(rigs).orderBy(rigs.id).all();
export const listAgents = (tx: Tx) => tx.select().from(agents).orderBy(agents.id).all();

/** Null: there is no such agent. */
export const readRigOf = (tx: Tx | Db, agent: string): string | null =>
  tx.select({ rig: agents.rigId }).from(agents).where(eq(agents.id, agent)).get()?.rig ?? null;

/** How many beads have each status; records are counted apart, since they are no work. */
export const countBeads = (tx: Tx): Record<string, number> =>
  Object.fromEntries(
    tx
      .all<{ what: string; n: number }>(
        sql`SELECT CASE type WHEN 'record' THEN 'records' ELSE status END AS what, count(*) AS n FROM beads GROUP BY 1`,
      )
      .map(({ what, n }) => [what, n]),
  );

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
