import { type Row, rowsOf, type Scene } from "./scene.ts";

/** Whoever is over: what a parent waits for no more. */
const OVER = "('closed', 'cancelled')";

/** The last of its parts has landed, nothing of the family has changed since, and it is open all the same. */
const STAYS_OPEN = `SELECT e.id FROM beads e
  JOIN (SELECT parent_id AS id, max(closed_at_ms) AS closed, max(updated_at_ms) AS updated, sum(status NOT IN ${OVER}) AS waiting
    FROM beads WHERE parent_id IS NOT NULL GROUP BY parent_id) p ON p.id = e.id
  WHERE e.type = 'epic' AND e.status = 'open' AND e.hold IS NULL AND p.waiting = 0 AND p.updated = p.closed AND e.updated_at_ms <= p.closed
    AND EXISTS (SELECT 1 FROM beads b JOIN attempts t ON t.bead_id = b.id WHERE b.parent_id = e.id AND b.closed_at_ms = p.closed
      AND t.kind = 'landing' AND t.state = 'finished' AND t.ended_at_ms = b.closed_at_ms)`;

/** It closed with the last of its parts, and one of them waited then and has not changed since. */
const CLOSED_EARLY = `SELECT e.id FROM beads e JOIN bead_notes n ON n.bead_id = e.id AND n.at_ms = e.closed_at_ms AND n.text LIKE '%last of its parts'
  WHERE e.type = 'epic' AND e.status = 'closed'
    AND EXISTS (SELECT 1 FROM beads b WHERE b.parent_id = e.id AND b.status NOT IN ${OVER} AND b.updated_at_ms < e.closed_at_ms)`;

/** An epic is over with the last of its parts, and not before. */
export function checkEpics(scene: Scene): void {
  if (scene.town.commits % 8 !== 0) return;
  const ids = (query: string) => rowsOf<{ id: string } & Row>(scene, query).map(({ id }) => id);
  for (const id of ids(STAYS_OPEN)) scene.violation(`epics: ${id} is open, and its last part has landed`);
  for (const id of ids(CLOSED_EARLY)) scene.violation(`epics: ${id} closed, and a part of it waits`);
}
