/**
 * Lists of beads, at a cost that does not grow with the town. What an index holds is read by it. What has none, such as a label or a
 * word, is looked for among so many beads; then the page ends where the look did, though it be empty, and the next one goes on there.
 */
import { and, desc, eq, gte, inArray, lt, type SQL, sql } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import type { Page } from "../db/page.ts";
import { agents, type Bead, beads } from "../db/schema.ts";

export interface BeadQuery extends Page {
  status?: Bead["status"][] | undefined;
  rig?: string | undefined;
  agent?: string | undefined;
  convoy?: string | undefined;
  label?: string | undefined;
  text?: string | undefined;
  since?: number | undefined;
}

export interface BeadPage {
  rows: Bead[];
  /** Where the next page begins. Null: this was the last. */
  next: number | null;
}

/** So many beads one page looks at: some milliseconds. */
const LOOKED_AT = 4_000;
/** The same where their texts are searched, which are long. */
const SEARCHED = 1_000;

/**
 * The numbers of those that are in a state, by the index that holds no others: SQLite would rather walk through all beads, since that
 * has them in order. Of those that an agent has, by its hook (S4). What is closed is nearly everything, and found by walking.
 */
const BY_INDEX: Readonly<Record<Exclude<Bead["status"], "closed">, SQL>> = {
  open: sql`SELECT seq FROM ${beads} INDEXED BY beads_ready WHERE status = 'open' AND blocked_by = 0
    UNION ALL SELECT seq FROM ${beads} INDEXED BY beads_blocked WHERE status = 'open' AND blocked_by <> 0`,
  in_progress: sql`SELECT b.seq FROM ${agents} a CROSS JOIN ${beads} b ON b.id = a.bead_id WHERE b.status = 'in_progress'`,
  in_review: sql`SELECT seq FROM ${beads} INDEXED BY beads_review WHERE status = 'in_review'`,
  failed: sql`SELECT seq FROM ${beads} INDEXED BY beads_parked WHERE status = 'failed'`,
  cancelled: sql`SELECT seq FROM ${beads} INDEXED BY beads_cancelled WHERE status = 'cancelled'`,
};

export function listBeads(tx: Tx, { limit, before = Number.MAX_SAFE_INTEGER, ...wanted }: BeadQuery): BeadPage {
  const filters = given(filtersOf(wanted));
  if (filters.length === 0) return pageOf(tx, limit, lt(beads.seq, before));
  const looked = wanted.text === undefined ? LOOKED_AT : SEARCHED;
  const source = sourceOf(wanted);
  if (!source) return walk(tx, limit, { before, looked }, filters);
  const most = source.isExact ? limit : looked;
  const found = tx
    .all<{ seq: number }>(sql`SELECT seq FROM (${source.seqs}) WHERE seq < ${before} ORDER BY seq DESC LIMIT ${most}`)
    .map(({ seq }) => seq);
  const among = sql`${beads.seq} IN (SELECT value FROM json_each(${JSON.stringify(found)}))`;
  const page = pageOf(tx, limit, and(among, ...filters));
  return page.next === null && found.length === most ? { ...page, next: found.at(-1) ?? null } : page;
}

/** Their numbers rise, with gaps where some are gone: of so many numbers there are no more beads. */
function walk(tx: Tx, limit: number, { before, looked }: { before: number; looked: number }, filters: SQL[]): BeadPage {
  const newestBefore = (seq: number) =>
    tx.get<{ seq: number | null }>(sql`SELECT max(seq) AS seq FROM ${beads} WHERE seq < ${seq}`)?.seq ?? null;
  const newest = newestBefore(before);
  if (newest === null) return { rows: [], next: null };
  const end = newest - looked + 1;
  const page = pageOf(tx, limit, and(gte(beads.seq, end), lt(beads.seq, before), ...filters));
  return page.next === null && newestBefore(end) !== null ? { ...page, next: end } : page;
}

function pageOf(tx: Tx, limit: number, where: SQL | undefined): BeadPage {
  const rows = tx.select().from(beads).where(where).orderBy(desc(beads.seq)).limit(limit).all();
  const last = rows.length === limit ? rows.at(-1) : undefined;
  return { rows, next: last?.seq ?? null };
}

interface Source {
  seqs: SQL;
  /** Whether each of them is wanted. */
  isExact: boolean;
}

/** Where those that are wanted are found without a walk. Undefined: nowhere. */
function sourceOf({ status, rig, agent, convoy, label, text, since }: Omit<BeadQuery, "limit">): Source | undefined {
  const others = [rig, label, text, since].filter((one) => one !== undefined).length;
  const named = [status, agent, convoy].filter((one) => one !== undefined).length;
  const isExact = others === 0 && named === 1;
  if (agent !== undefined)
    return {
      seqs: sql`SELECT b.seq FROM ${agents} a CROSS JOIN ${beads} b ON b.id = a.bead_id WHERE a.id = ${agent}`,
      isExact: false,
    };
  if (convoy !== undefined) return { seqs: sql`SELECT seq FROM ${beads} WHERE convoy_id = ${convoy}`, isExact };
  if (status === undefined) return undefined;
  const parts = [...new Set(status)].map((one) => (one === "closed" ? null : BY_INDEX[one]));
  const found = parts.filter((part) => part !== null);
  if (found.length < parts.length) return undefined;
  return { seqs: sql.join(found, sql` UNION ALL `), isExact };
}

const filtersOf = ({ status, rig, agent, convoy, label, text, since }: Omit<BeadQuery, "limit">) => [
  status && inArray(beads.status, status),
  rig !== undefined && eq(beads.rigId, rig),
  agent !== undefined && eq(beads.agentId, agent),
  convoy !== undefined && eq(beads.convoyId, convoy),
  label !== undefined && sql`EXISTS (SELECT 1 FROM json_each(${beads.labels}) WHERE value = ${label})`,
  text !== undefined && sql`instr(lower(${beads.title} || char(10) || ${beads.body}), lower(${text})) > 0`,
  since !== undefined && gte(beads.updatedAtMs, since),
];

const given = (conditions: readonly (SQL | false | undefined)[]): SQL[] =>
  conditions.filter((c): c is SQL => Boolean(c));

const among = (which: SQL) => sql`(SELECT count(*) FROM (${which}))`;

/**
 * How many beads have each status; records are counted apart, since they are no work. Indexes count what they hold; what is in none
 * of them is closed.
 *
 * @param all how many there are
 */
export function countBeads(tx: Tx, all: number): Record<string, number> {
  const counts: Record<string, number> = { closed: all };
  const add = (status: string, n: number) => {
    counts[status] = (counts[status] ?? 0) + n;
  };
  const { open, in_progress, in_review, failed, cancelled } = BY_INDEX;
  const others = tx.get<Record<string, number>>(sql`SELECT ${among(open)} AS open, ${among(in_progress)} AS in_progress,
    ${among(in_review)} AS in_review, ${among(failed)} AS failed, ${among(cancelled)} AS cancelled`);
  for (const [status, n] of Object.entries(others ?? {})) {
    add(status, n);
    add("closed", -n);
  }
  const records = tx.all<{ status: string; n: number }>(
    sql`SELECT status, count(*) AS n FROM ${beads} INDEXED BY beads_records WHERE type = 'record' GROUP BY status`,
  );
  for (const { status, n } of records) {
    add(status, -n);
    add("records", n);
  }
  return counts;
}
