/**
 * How many things each bead waits for, as `(id, n)`: what `blocked_by` counts. For checks and repairs; nothing else counts by
 * looking at everything.
 *
 * `line`: who is above whom. `wait`: whom each waits for itself. `shut`: those whose parts wait with them.
 */
export const blockersOfAll = `WITH RECURSIVE line(id, above) AS (
SELECT id, parent_id FROM beads WHERE parent_id IS NOT NULL
UNION SELECT l.id, b.parent_id FROM line l JOIN beads b ON b.id = l.above WHERE b.parent_id IS NOT NULL
), wait(id, whom) AS (
SELECT d.bead_id, x.id FROM bead_dependencies d JOIN beads x ON x.id = d.blocker_id WHERE d.type = 'blocks' AND x.status <> 'closed'
UNION ALL SELECT d.bead_id, d.blocker_id FROM bead_dependencies d WHERE d.type LIKE 'waits-for%'
  AND (SELECT sum(p.status <> 'closed') FROM beads p WHERE p.parent_id = d.blocker_id) > 0
  AND (d.type = 'waits-for' OR (SELECT sum(p.status = 'closed') FROM beads p WHERE p.parent_id = d.blocker_id) = 0)
), shut(id) AS (
SELECT w.id FROM wait w JOIN beads b ON b.id = w.id WHERE b.status NOT IN ('closed', 'cancelled') AND w.whom <> w.id
  AND NOT EXISTS (SELECT 1 FROM line l WHERE l.id = w.whom AND l.above = w.id)
UNION SELECT b.id FROM shut s JOIN beads b ON b.parent_id = s.id WHERE b.status NOT IN ('closed', 'cancelled')
)
SELECT b.id AS id, (SELECT count(*) FROM wait w WHERE w.id = b.id) + (b.hold IS NOT NULL)
  + (b.type IN ('epic', 'record')) + (b.parent_id IS NOT NULL AND b.parent_id IN (SELECT id FROM shut))
  + EXISTS (SELECT 1 FROM convoys c WHERE c.id = b.convoy_id AND c.state = 'held') AS n FROM beads b`;
