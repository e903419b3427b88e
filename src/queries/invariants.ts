import { sql } from "drizzle-orm";
import { blockersOfAll } from "../beads/blockers.ts";
import type { Tx } from "../db/client.ts";
import { readTown } from "../db/town-row.ts";

export interface Violation {
  invariant: string;
  detail: string;
}

/**
 * What must hold in every committed state. Each query returns a row for each breach. Live rows are few, so all of this
 * is cheap but the last, which counts kept events.
 */
const QUERIES: readonly { invariant: string; query: ReturnType<typeof sql> }[] = [
  {
    invariant: "S1 one live attempt per bead and per agent",
    query: sql`SELECT 'bead ' || bead_id AS detail FROM attempts WHERE ended_at_ms IS NULL GROUP BY bead_id HAVING count(*) > 1
      UNION ALL SELECT 'agent ' || agent_id FROM attempts WHERE ended_at_ms IS NULL AND agent_id IS NOT NULL GROUP BY agent_id HAVING count(*) > 1`,
  },
  {
    invariant: "S2 one accepted finish and one landing per bead, and one more each time it was reopened",
    query: sql`SELECT 'bead ' || bead_id || ' landed ' || count(*) || ' times' AS detail FROM attempts a WHERE kind = 'landing' AND state = 'finished' GROUP BY bead_id
      HAVING count(*) > 1 + (SELECT count(*) FROM bead_notes n WHERE n.bead_id = a.bead_id AND n.kind = 'reopened')`,
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
      WHERE t.state IN ('starting', 'running') AND t.kind = 'run' AND (a.id IS NULL OR a.fence IS NOT t.fence OR a.status NOT IN ('starting', 'working'))`,
  },
  {
    invariant: "S3 an agent is stopping for as long as its run is",
    query: sql`SELECT 'agent ' || a.id AS detail FROM agents a LEFT JOIN attempts t ON t.fence = a.fence
      WHERE a.status = 'stopping' AND (t.state IS NOT 'stopping' OR a.bead_id IS NOT NULL)
      UNION ALL SELECT 'attempt ' || t.fence FROM attempts t LEFT JOIN agents a ON a.fence = t.fence
      WHERE t.state = 'stopping' AND a.status IS NOT 'stopping'`,
  },
  {
    invariant: "an attempt is live until it has ended, and only until then",
    query: sql`SELECT 'attempt ' || fence || ' (' || state || ')' AS detail FROM attempts
      WHERE ended_at_ms IS NULL AND state NOT IN ('starting', 'running', 'stopping')
      UNION ALL SELECT 'attempt ' || a.fence FROM agents g JOIN attempts a ON a.fence = g.fence
      WHERE a.ended_at_ms IS NOT NULL AND a.state IN ('starting', 'running', 'stopping')`,
  },
  {
    invariant: "the town's row counts its pauses, rigs in trouble and open incidents",
    query: sql`SELECT pauses || ', ' || rig_troubles || ' and ' || open_incidents || ' counted' AS detail FROM town
      WHERE pauses <> (SELECT count(*) FROM rigs WHERE paused IS NOT NULL) + (SELECT count(*) FROM agents WHERE paused IS NOT NULL)
        OR rig_troubles <> (SELECT count(*) FROM rigs WHERE landing_trouble IS NOT NULL OR push_trouble IS NOT NULL)
        OR open_incidents <> (SELECT count(*) FROM incidents WHERE closed_at_ms IS NULL)`,
  },
  {
    invariant: "S4 a bead in progress is on the hook of its agent",
    query: sql`SELECT 'bead ' || b.id AS detail FROM beads b LEFT JOIN agents a ON a.id = b.agent_id
      WHERE b.status = 'in_progress' AND (a.id IS NULL OR a.bead_id IS NOT b.id)`,
  },
  {
    invariant: "S4 a claim has its effect",
    query: sql`SELECT 'attempt ' || t.fence AS detail FROM attempts t WHERE t.state = 'starting' AND NOT EXISTS (SELECT 1 FROM effects e WHERE e.fence = t.fence)`,
  },
  {
    invariant: "blocked counts are the open blockers",
    query: sql.raw(
      `SELECT 'bead ' || b.id AS detail FROM beads b JOIN (${blockersOfAll}) c ON c.id = b.id WHERE b.blocked_by <> c.n`,
    ),
  },
  {
    invariant: "what a convoy brought to its branch has a bead to land it",
    query: sql`SELECT 'convoy ' || id || ' is closed' AS detail FROM convoys WHERE state = 'closed' AND head IS NOT NULL`,
  },
  {
    invariant: "a convoy is over when all its members are, and only then",
    query: sql`SELECT 'convoy ' || c.id || ' is ' || c.state AS detail FROM convoys c WHERE (c.state IN ('closed', 'cancelled')) = ((c.state = 'held' AND c.head IS NOT NULL) OR EXISTS (
      SELECT 1 FROM beads b WHERE b.convoy_id = c.id AND b.status NOT IN ('closed', 'cancelled') AND NOT (b.status = 'failed' AND c.on_failure = 'continue')))`,
  },
];

export function checkInvariants(tx: Tx, nowMs: number, graceMs: number): Violation[] {
  const found = QUERIES.flatMap(({ invariant, query }) =>
    tx.all<{ detail: string }>(query).map(({ detail }) => ({ invariant, detail })),
  );
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
