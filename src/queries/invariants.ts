/** What must hold in every committed state, checked a part at a time: no part is larger for a long history. */
import { type SQL, sql } from "drizzle-orm";
import { blockersOf } from "../beads/blockers.ts";
import type { Tx } from "../db/client.ts";
import { readTown } from "../db/town-row.ts";

export interface Violation {
  invariant: string;
  detail: string;
}

const LIVES = "an attempt is live until it has ended, and only until then";

interface Check {
  invariant: string;
  /** A row for each breach. */
  query: SQL;
}

/** A part of the town's beads, by their numbers: those after one, up to another. */
interface Part {
  after: number;
  upTo: number;
}

/** Of what lives and of the town's own books: few rows, each found by an index that holds no others. */
const LIVE: readonly Check[] = [
  {
    invariant: "S1 one live attempt per bead and per agent",
    query: sql`SELECT 'bead ' || bead_id AS detail FROM attempts WHERE ended_at_ms IS NULL GROUP BY bead_id HAVING count(*) > 1
      UNION ALL SELECT 'agent ' || agent_id FROM attempts WHERE ended_at_ms IS NULL AND agent_id IS NOT NULL GROUP BY agent_id HAVING count(*) > 1`,
  },
  {
    invariant: "S3 an agent at work has its hooked bead and its attempt, all of one fence",
    query: sql`SELECT 'agent ' || a.id || ' (' || a.status || ')' AS detail FROM agents a
      LEFT JOIN beads b ON b.id = a.bead_id LEFT JOIN attempts t ON t.fence = a.fence
      WHERE a.status IN ('starting', 'working') AND NOT (
        b.id IS NOT NULL AND b.status = 'in_progress' AND b.agent_id = a.id AND b.fence = a.fence
        AND t.fence IS NOT NULL AND t.agent_id = a.id AND t.bead_id = b.id AND t.state = CASE a.status WHEN 'starting' THEN 'starting' ELSE 'running' END)`,
  },
  {
    invariant: "S3 a live run has its agent at work",
    query: sql`SELECT 'attempt ' || t.fence AS detail FROM attempts t LEFT JOIN agents a ON a.id = t.agent_id
      WHERE t.ended_at_ms IS NULL AND t.state IN ('starting', 'running') AND t.kind = 'run'
        AND (a.id IS NULL OR a.fence IS NOT t.fence OR a.status NOT IN ('starting', 'working'))`,
  },
  {
    invariant: "S3 an agent is stopping for as long as its run is",
    query: sql`SELECT 'agent ' || a.id AS detail FROM agents a LEFT JOIN attempts t ON t.fence = a.fence
      WHERE a.status = 'stopping' AND (t.state IS NOT 'stopping' OR a.bead_id IS NOT NULL)
      UNION ALL SELECT 'attempt ' || t.fence FROM attempts t LEFT JOIN agents a ON a.fence = t.fence
      WHERE t.ended_at_ms IS NULL AND t.state = 'stopping' AND a.status IS NOT 'stopping'`,
  },
  {
    invariant: LIVES,
    query: sql`SELECT 'attempt ' || fence || ' (' || state || ')' AS detail FROM attempts
      WHERE ended_at_ms IS NULL AND state NOT IN ('starting', 'running', 'stopping')`,
  },
  {
    invariant: "the town's row counts its pauses, rigs in trouble and open incidents",
    query: sql`SELECT pauses || ', ' || rig_troubles || ' and ' || open_incidents || ' counted' AS detail FROM town
      WHERE pauses <> (SELECT count(*) FROM rigs WHERE paused IS NOT NULL) + (SELECT count(*) FROM agents WHERE paused IS NOT NULL)
        OR rig_troubles <> (SELECT count(*) FROM rigs WHERE landing_trouble IS NOT NULL OR push_trouble IS NOT NULL)
        OR open_incidents <> (SELECT count(*) FROM incidents WHERE closed_at_ms IS NULL)`,
  },
  {
    invariant: "S4 a claim has its effect",
    query: sql`SELECT 'attempt ' || t.fence AS detail FROM attempts t
      WHERE t.ended_at_ms IS NULL AND t.state = 'starting' AND NOT EXISTS (SELECT 1 FROM effects e WHERE e.fence = t.fence)`,
  },
];

/** Of beads and of what became of their attempts, in which a long history stands. */
const ofBeads = ({ after, upTo }: Part): readonly Check[] => [
  {
    invariant: "S2 one accepted finish and one landing per bead, and one more each time it was reopened",
    query: sql`SELECT 'bead ' || b.id || ' landed ' || count(*) || ' times' AS detail FROM beads b CROSS JOIN attempts a ON a.bead_id = b.id
      WHERE b.seq > ${after} AND b.seq <= ${upTo} AND a.kind = 'landing' AND a.state = 'finished' GROUP BY b.seq
      HAVING count(*) > 1 + (SELECT count(*) FROM bead_notes n WHERE n.bead_id = b.id AND n.kind = 'reopened')`,
  },
  {
    invariant: LIVES,
    query: sql`SELECT 'attempt ' || a.fence AS detail FROM beads b CROSS JOIN attempts a ON a.bead_id = b.id
      WHERE b.seq > ${after} AND b.seq <= ${upTo} AND a.ended_at_ms IS NOT NULL AND a.state IN ('starting', 'running', 'stopping')`,
  },
  {
    invariant: "S4 a bead in progress is on the hook of its agent",
    query: sql`SELECT 'bead ' || b.id AS detail FROM beads b LEFT JOIN agents a ON a.id = b.agent_id
      WHERE b.seq > ${after} AND b.seq <= ${upTo} AND b.status = 'in_progress' AND (a.id IS NULL OR a.bead_id IS NOT b.id)`,
  },
  {
    invariant: "blocked counts are the open blockers",
    query: sql.raw(
      `SELECT 'bead ' || b.id AS detail FROM (${blockersOf(`SELECT id FROM beads WHERE seq > ${after} AND seq <= ${upTo}`)}) c
        CROSS JOIN beads b ON b.id = c.id WHERE b.blocked_by <> c.n`,
    ),
  },
];

/** Of convoys, by their place among all there were. */
const ofConvoys = ({ after, upTo }: Part): readonly Check[] => [
  {
    invariant: "what a convoy brought to its branch has a bead to land it",
    query: sql`SELECT 'convoy ' || id || ' is closed' AS detail FROM convoys
      WHERE rowid > ${after} AND rowid <= ${upTo} AND state = 'closed' AND head IS NOT NULL`,
  },
  {
    invariant: "a convoy is over when all its members are, and only then",
    query: sql`SELECT 'convoy ' || c.id || ' is ' || c.state AS detail FROM convoys c WHERE c.rowid > ${after} AND c.rowid <= ${upTo}
      AND (c.state IN ('closed', 'cancelled')) = ((c.state = 'held' AND c.head IS NOT NULL) OR EXISTS (
      SELECT 1 FROM beads b WHERE b.convoy_id = c.id AND b.status NOT IN ('closed', 'cancelled') AND NOT (b.status = 'failed' AND c.on_failure = 'continue')))`,
  },
];

const breaches = (tx: Tx, checks: readonly Check[]): Violation[] =>
  checks.flatMap(({ invariant, query }) =>
    tx.all<{ detail: string }>(query).map(({ detail }) => ({ invariant, detail })),
  );

/** So many of each one answer checks: some milliseconds. */
const BEADS_A_PAGE = 500;
const CONVOYS_A_PAGE = 20;

/** Places after the last bead that there can be: convoys. */
const CONVOYS = 1e15;

export interface Checked {
  found: Violation[];
  /** Where the next part begins. Null: that was all. */
  next: number | null;
}

/** One part of what is to be checked. @param place where the last one ended; 0: with what lives */
export function checkPart(tx: Tx, nowMs: number, graceMs: number, place: number): Checked {
  if (place >= CONVOYS) return checkConvoys(tx, place - CONVOYS);
  const found = place === 0 ? checkLive(tx, nowMs, graceMs) : [];
  const upTo = (beadAfter(tx, place) ?? 0) + BEADS_A_PAGE - 1;
  found.push(...breaches(tx, ofBeads({ after: place, upTo })));
  if (beadAfter(tx, upTo) !== null) return { found, next: upTo };
  const { found: others, next } = checkConvoys(tx, 0);
  return { found: [...found, ...others], next };
}

function checkConvoys(tx: Tx, after: number): Checked {
  const upTo = (convoyAfter(tx, after) ?? 0) + CONVOYS_A_PAGE - 1;
  const found = breaches(tx, ofConvoys({ after, upTo }));
  return { found, next: convoyAfter(tx, upTo) === null ? null : CONVOYS + upTo };
}

const beadAfter = (tx: Tx, seq: number): number | null =>
  tx.get<{ at: number | null }>(sql`SELECT min(seq) AS at FROM beads WHERE seq > ${seq}`)?.at ?? null;

/** A new row comes after all there are. */
const convoyAfter = (tx: Tx, place: number): number | null =>
  tx.get<{ at: number | null }>(sql`SELECT min(rowid) AS at FROM convoys WHERE rowid > ${place}`)?.at ?? null;

/** All at once, for towns that are small. */
export const checkInvariants = (tx: Tx, nowMs: number, graceMs: number): Violation[] => [
  ...checkLive(tx, nowMs, graceMs),
  ...breaches(tx, [...ofBeads(ALL), ...ofConvoys(ALL)]),
];

const ALL: Part = { after: 0, upTo: Number.MAX_SAFE_INTEGER };

function checkLive(tx: Tx, nowMs: number, graceMs: number): Violation[] {
  const found = breaches(tx, LIVE);
  const silent = tx.all<{ fence: number }>(
    sql`SELECT fence FROM attempts WHERE ended_at_ms IS NULL AND lease_until_ms < ${nowMs - graceMs}`,
  );
  found.push(
    ...silent.map(({ fence }) => ({ invariant: "S5 no attempt outlives its lease", detail: `attempt ${fence}` })),
  );
  const { eventsReceived, eventsApplied, eventsDiscarded } = readTown(tx);
  const kept = tx.get<{ n: number }>(sql`SELECT count(*) AS n FROM events`)?.n ?? 0;
  if (eventsReceived !== eventsApplied + eventsDiscarded + kept) {
    const detail = `${eventsReceived} received, ${eventsApplied} applied, ${eventsDiscarded} discarded, ${kept} kept`;
    found.push({ invariant: "S8 every event is accounted for", detail });
  }
  return found;
}
