/**
 * Agents and providers that wait for a person: a line when one begins to, and one when its trouble is over. They are those of whom
 * `attention` tells, so both say the same.
 */
import { sql } from "drizzle-orm";
import type { Tx } from "../../db/client.ts";
import { isAside } from "../../db/looks.ts";
import { prepared } from "../../db/prepared.ts";
import { agents, type Failure, providers } from "../../db/schema.ts";
import { quoted } from "../../lib/text.ts";
import { isAgentsOwn, isProvidersOwn } from "../attention/agents.ts";
import { listOpen } from "./incidents.ts";

/** Whom a line has told of, and no second one has said that it is over: `agent a`, `provider p`. */
export type Told = ReadonlySet<string>;

interface Row {
  name: string;
  trouble: Failure | null;
  /** Whether a person is told of it. */
  isTold: number;
  /** The rigs whose work it is. */
  rigs: string;
}

/** Mostly there are none. */
const ofAgents = prepared((tx) =>
  tx
    .select({
      name: sql<string>`'agent ' || ${agents.id}`,
      trouble: agents.trouble,
      isTold: sql<number>`coalesce(${isAgentsOwn}, 0)`,
      rigs: sql<string>`json_array(${agents.rigId})`,
    })
    .from(agents)
    .where(sql`${isAside} AND ${agents.troubles} > 0`)
    .prepare(),
);

const ofProviders = prepared((tx) =>
  tx
    .select({
      name: sql<string>`'provider ' || ${providers.id}`,
      trouble: providers.trouble,
      isTold: sql<number>`coalesce(${isProvidersOwn}, 0)`,
      rigs: sql<string>`(SELECT json_group_array(a.rig_id) FROM agents a WHERE a.provider = ${providers.id})`,
    })
    .from(providers)
    .where(sql`${providers.trouble} IS NOT NULL`)
    .prepare(),
);

const troubled = (tx: Tx): Row[] => [...ofAgents(tx).all(), ...ofProviders(tx).all()];

/** What an incarnation finds when it begins is no news. */
export const toldSoFar = (tx: Tx): Told => new Set(troubled(tx).flatMap(({ name, isTold }) => (isTold ? name : [])));

/** @returns whom a line has told of by now, and the lines that do so */
export function trackTroubles(tx: Tx, before: Told): { told: Told; lines: string[] } {
  const rows = troubled(tx);
  // A rig that nobody can serve has a line of its own, which names its agent's trouble.
  const stuck =
    rows.length === 0 ? [] : listOpen(tx).flatMap(({ kind, evidence }) => (kind === "stuck" ? evidence.rig : []));
  const isNew = ({ name, isTold, rigs }: Row) =>
    isTold && !before.has(name) && !(JSON.parse(rigs) as string[]).some((rig) => stuck.includes(rig));
  const news = rows.filter(isNew);
  const left = rows.flatMap(({ name }) => (before.has(name) ? name : []));
  const over = [...before].filter((name) => !left.includes(name));
  return {
    told: new Set([...left, ...news.map(({ name }) => name)]),
    lines: [
      ...over.map((name) => `MENDED ${name}`),
      ...news.map(({ name, trouble }) => `TROUBLED ${name}: ${quoted(trouble?.message ?? "no reason given")}`),
    ],
  };
}
