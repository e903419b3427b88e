import { oneOf, type Rows, rowsOf, type Scene } from "./scene.ts";

const AT_ONCE_MS = 5;

/** Whatever it says, nothing that runs is left past its limit and the margin by a pass that planned. */
export function checkLimits(scene: Scene): void {
  const row = oneOf<{ fence: number; ms: number }>(
    scene,
    `SELECT a.fence, t.clock_ms - a.accepted_at_ms - a.limit_ms * (1 + (a.kind = 'landing')) - json_extract(t.settings, '$.limitMarginMs') AS ms
      FROM town t JOIN attempts a ON a.ended_at_ms IS NULL AND a.state = 'running'
      WHERE t.error_streak = 0 AND t.repeats = '{}' AND (t.next_wake_at_ms IS NULL OR t.next_wake_at_ms - t.clock_ms > ?)
        AND a.lease_until_ms > t.clock_ms AND ms >= 0 LIMIT 1`,
    AT_ONCE_MS,
  );
  if (row) scene.violation(`limit: fence ${row.fence} runs ${row.ms} ms past its limit and the margin`);
}

/** S2: no more beads of a rig land at a time than it allows; what it allows nobody changes here. */
export function checkLandings(scene: Rows): void {
  const row = oneOf<{ rig: string; now: number; most: number }>(
    scene,
    `SELECT r.id AS rig, count(*) AS now, r.landings_at_once AS most FROM attempts a JOIN rigs r ON r.id = a.rig_id
      WHERE a.kind = 'landing' AND a.ended_at_ms IS NULL GROUP BY r.id HAVING now > most`,
  );
  if (row) scene.violation(`S2 ${row.now} beads of ${row.rig} land at once, and ${row.most} may`);
}

/** More runs become live only as long as there is room for them, be it by a start or by an adoption. */
export class Caps {
  #live = 0;

  check(scene: Scene): void {
    const { maxAgents = null } =
      oneOf<{ maxAgents: number | null }>(
        scene,
        "SELECT json_extract(settings, '$.maxAgents') AS maxAgents FROM town",
      ) ?? {};
    const live = rowsOf(scene, "SELECT 1 FROM attempts WHERE kind = 'run' AND ended_at_ms IS NULL").length;
    if (maxAgents !== null && live > this.#live && live > maxAgents)
      scene.violation(`cap: ${live} runs are live, ${this.#live} were before, and ${maxAgents} may`);
    this.#live = live;
  }
}
