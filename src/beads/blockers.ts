/**
 * How many things each of some beads waits for, as `(id, n)`: what `blocked_by` counts. For checks and repairs, which count anew by
 * looking at what there is; what it reads grows with those beads, with what they wait for and with what is above them.
 *
 * `above`: those that they are part of. `wait`: whom each waits for itself. `line`: who is above whom of those. `held`: those above
 * that wait for what is no part of them. `way`: from each one above, up through what is not over. `shut`: those whose parts wait with
 * them.
 *
 * @param some a query for their ids
 */
export const blockersOf = (some: string): string => `WITH RECURSIVE some(id) AS MATERIALIZED (${some}
), above(id) AS (
SELECT b.parent_id FROM some s CROSS JOIN beads b ON b.id = s.id WHERE b.parent_id IS NOT NULL
UNION SELECT b.parent_id FROM above a CROSS JOIN beads b ON b.id = a.id WHERE b.parent_id IS NOT NULL
), wait(id, whom) AS MATERIALIZED (
SELECT d.bead_id, d.blocker_id FROM (SELECT id FROM some UNION SELECT id FROM above) t CROSS JOIN bead_dependencies d ON d.bead_id = t.id
WHERE CASE d.type WHEN 'blocks' THEN (SELECT x.status <> 'closed' FROM beads x WHERE x.id = d.blocker_id)
  WHEN 'waits-for' THEN EXISTS (SELECT 1 FROM beads p WHERE p.parent_id = d.blocker_id AND p.status <> 'closed')
  WHEN 'waits-for-any' THEN EXISTS (SELECT 1 FROM beads p WHERE p.parent_id = d.blocker_id)
    AND NOT EXISTS (SELECT 1 FROM beads p WHERE p.parent_id = d.blocker_id AND p.status = 'closed') END
), line(id, above) AS (
SELECT x.id, x.parent_id FROM above a CROSS JOIN wait w ON w.id = a.id CROSS JOIN beads x ON x.id = w.whom WHERE x.parent_id IS NOT NULL
UNION SELECT l.id, b.parent_id FROM line l CROSS JOIN beads b ON b.id = l.above WHERE b.parent_id IS NOT NULL
), held(id) AS MATERIALIZED (
SELECT w.id FROM above a CROSS JOIN wait w ON w.id = a.id WHERE w.whom <> w.id
  AND NOT EXISTS (SELECT 1 FROM line l WHERE l.id = w.whom AND l.above = w.id)
), way(id, at) AS (
SELECT b.id, b.id FROM above a CROSS JOIN beads b ON b.id = a.id WHERE b.status NOT IN ('closed', 'cancelled')
UNION SELECT w.id, p.id FROM way w CROSS JOIN beads b ON b.id = w.at CROSS JOIN beads p ON p.id = b.parent_id
  WHERE p.status NOT IN ('closed', 'cancelled')
), shut(id) AS MATERIALIZED (SELECT id FROM way WHERE at IN (SELECT id FROM held))
SELECT b.id AS id, coalesce(c.n, 0) + (b.hold IS NOT NULL)
  + (b.type IN ('epic', 'record')) + (b.parent_id IS NOT NULL AND b.parent_id IN (SELECT id FROM shut))
  + EXISTS (SELECT 1 FROM convoys v WHERE v.id = b.convoy_id AND v.state = 'held') AS n
FROM some s CROSS JOIN beads b ON b.id = s.id LEFT JOIN (SELECT id, count(*) AS n FROM wait GROUP BY id) c ON c.id = b.id`;

/** The same of all there are. */
export const blockersOfAll = blockersOf("SELECT id FROM beads");
