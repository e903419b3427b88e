/**
 * Agents and providers that wait for a person: a line when one begins to, and one when its trouble is over. They are those of whom
 * `attention` tells, so both say the same.
 */
import { and, eq, type SQL, sql } from "drizzle-orm";
import { isAgentsOwn, isProvidersOwn } from "../../attempts/needs-person.ts";
import type { Tx } from "../../db/client.ts";
import { needsAttention } from "../../db/probes.ts";
import { agents, type Failure, providers } from "../../db/schema.ts";
import { prepared, slot } from "../../db/statements.ts";
import { quoted } from "../../lib/text.ts";
import { listOpen } from "./incidents.ts";

export interface ReportedTroubles {
  /** Whom a line has told of, and no second one has said that it is over: `agent a`, `provider p`. */
  names: ReadonlySet<string>;
  /** Whether any agent or provider was in trouble, told or not. While none is, there is nothing to look for until a trouble begins. */
  some: boolean;
}

interface Row {
  name: string;
  trouble: Failure | null;
  /** Whether a person is told of it. */
  isTold: number;
  /** Whose it is: an agent's rig, or a provider. */
  rig: string | null;
  provider: string | null;
}

/** Mostly there are none. */
const ofAgents = prepared((tx) =>
  tx
    .select({
      name: sql<string>`'agent ' || ${agents.id}`,
      trouble: agents.trouble,
      isTold: sql<number>`coalesce(${isAgentsOwn}, 0)`,
      rig: agents.rigId,
      provider: sql<null>`NULL`,
    })
    .from(agents)
    .where(sql`${needsAttention} AND ${agents.troubles} > 0`)
    .prepare(),
);

const ofProviders = prepared((tx) =>
  tx
    .select({
      name: sql<string>`'provider ' || ${providers.id}`,
      trouble: providers.trouble,
      isTold: sql<number>`coalesce(${isProvidersOwn}, 0)`,
      rig: sql<null>`NULL`,
      provider: providers.id,
    })
    .from(providers)
    .where(sql`${providers.trouble} IS NOT NULL`)
    .prepare(),
);

const rigsServed = prepared((tx) =>
  tx
    .selectDistinct({ rigId: agents.rigId })
    .from(agents)
    .where(eq(agents.provider, slot<string>("provider")))
    .prepare(),
);

const troubled = (tx: Tx): Row[] => [...ofAgents(tx).all(), ...ofProviders(tx).all()];

/** What an incarnation finds when it begins is no news. */
export function reportedSoFar(tx: Tx): ReportedTroubles {
  const rows = troubled(tx);
  return {
    names: new Set(rows.flatMap(({ name, isTold }) => (isTold ? name : []))),
    some: rows.length > 0,
  };
}

const signs = (whose: SQL) =>
  prepared((tx) =>
    tx
      .select({
        n: sql<number>`count(*)`,
        wellMs: sql<number>`coalesce(max(max(coalesce(${agents.wellAtMs}, 0), CASE WHEN json_extract(${agents.preflight}, '$.state') = 'passed'
          THEN json_extract(${agents.preflight}, '$.atMs') ELSE 0 END)), 0)`,
      })
      .from(agents)
      .where(and(sql`${agents.enabled}`, whose))
      .prepare(),
  );

const signsOfAgent = signs(eq(agents.id, slot<string>("id")));
const signsOfProvider = signs(eq(agents.provider, slot<string>("id")));

/**
 * Whether it is known that nothing is left of a trouble, or it has not been told yet. An agent that ended a run of its own, or was
 * found well by a host, is well; the trouble of one that is gone or disabled is not told.
 */
function isOver(tx: Tx, name: string, sinceMs: number): boolean {
  const [type, id] = name.split(" ") as ["agent" | "provider", string];
  const { n = 0, wellMs = 0 } = (type === "agent" ? signsOfAgent : signsOfProvider)(tx).get({ id }) ?? {};
  return n === 0 || wellMs >= sinceMs;
}

/** @returns whom a line has told of by now, and the lines that do so */
export function trackTroubles(
  tx: Tx,
  { names: before }: ReportedTroubles,
  nowMs: number,
): { reported: ReportedTroubles; lines: string[] } {
  const rows = troubled(tx);
  const fresh = rows.filter(({ name, isTold }) => isTold && !before.has(name));
  const stuck = fresh.length === 0 ? new Set<string>() : rigsStuck(tx);
  const news = stuck.size === 0 ? fresh : fresh.filter((row) => !rigsOf(tx, row).some((rig) => stuck.has(rig)));
  const left = rows.flatMap(({ name }) => (before.has(name) ? name : []));
  const gone = [...before].filter((name) => !left.includes(name));
  return {
    reported: { names: new Set([...left, ...news.map(({ name }) => name)]), some: rows.length > 0 },
    lines: [
      ...gone.map((name) =>
        isOver(tx, name, nowMs) ? `MENDED ${name}` : `TRIED AGAIN ${name}: an operator says that it is well`,
      ),
      ...news.map(({ name, trouble }) => `TROUBLED ${name}: ${quoted(trouble?.message ?? "no reason given")}`),
    ],
  };
}

/** A rig that no agent can serve has a line of its own, which names its agent's trouble. */
const rigsStuck = (tx: Tx): ReadonlySet<string> =>
  new Set(listOpen(tx).flatMap(({ kind, evidence }) => (kind === "stuck" ? String(evidence.rig) : [])));

/** Whose work it is. */
const rigsOf = (tx: Tx, { rig, provider }: Row): string[] =>
  rig !== null
    ? [rig]
    : rigsServed(tx)
        .all({ provider })
        .map(({ rigId }) => rigId);
