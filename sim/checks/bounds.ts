import { oneOf, type Scene } from "./scene.ts";

/** What a host or an agent wrote may have so many characters in any row: worked out from what people are to read of it. */
const MOST = 20_000;

const TEXTS: Record<string, string> = {
  attempts:
    "max(coalesce(length(failure), 0), coalesce(length(host_boot_id), 0), coalesce(length(last_boot_id), 0), coalesce(length(progress), 0), coalesce(length(step), 0), coalesce(length(output_tail), 0))",
  agents: "coalesce(length(trouble), 0)",
  providers: "coalesce(length(trouble), 0)",
  beads: "coalesce(length(last_failure), 0)",
  bead_notes: "length(text)",
  incidents: "length(cause) + length(hint) + length(evidence)",
  events: "length(payload)",
  town: "coalesce(length(breaker), 0) + coalesce(length(last_error), 0)",
};

/** Nothing that anybody said has grown a town, and no number that anybody said has come to a clock. */
export function checkBounds(scene: Scene): void {
  for (const [table, chars] of Object.entries(TEXTS)) {
    const most = oneOf<{ n: number | null }>(scene, `SELECT max(${chars}) AS n FROM ${table}`)?.n ?? 0;
    if (most > MOST) scene.violation(`bounds: a row of ${table} holds ${most} characters of somebody's words`);
  }
  for (const table of ["agents", "beads", "providers"]) {
    const odd = oneOf<{ id: string; at: number | string | null }>(
      scene,
      `SELECT id, not_before_ms AS at FROM ${table} WHERE typeof(not_before_ms) <> 'integer' LIMIT 1`,
    );
    if (odd) scene.violation(`bounds: ${odd.id} of ${table} waits until ${odd.at}`);
  }
  const twice = oneOf<{ bead: string; text: string }>(
    scene,
    `SELECT bead_id AS bead, min(text) AS text FROM bead_notes WHERE kind = 'refused_report'
      GROUP BY bead_id, substr(text, 1, instr(text, ',')) HAVING count(*) > 1 LIMIT 1`,
  );
  if (twice) scene.violation(`bounds: more than one note on ${twice.bead} of one fence: ${twice.text}`);
  const kept = oneOf<{ type: string; error: string }>(
    scene,
    "SELECT type, error FROM events WHERE type IN ('bead_landed', 'landing_rejected', 'run_finished') AND error NOT LIKE '%disk I/O%' LIMIT 1",
  );
  if (kept) scene.violation(`bounds: a ${kept.type} of the wrong kind was kept: ${kept.error}`);
}

/** No word of anybody's stops a pass: what throws is a disk, or dies. */
export function checkPasses(scene: Scene): void {
  const failed = oneOf<{ error: string }>(
    scene,
    "SELECT last_error AS error FROM town WHERE error_streak > 0 AND last_error NOT LIKE '%disk I/O%'",
  );
  if (failed) scene.violation(`a pass has thrown: ${failed.error}`);
}
