/**
 * What must have come of a bead that brings every run to nothing, and of an agent that brings every bead to nothing: by the world's own
 * account of which they are, and the journal.
 */
import { oneOf, rowsOf, type Scene, steady } from "./scene.ts";

/** What needs two runs before anybody can tell whose trouble it is. */
const DOUBTFUL =
  "(json_extract(failure, '$.kind') IN ('provider_limited', 'auth') OR json_extract(failure, '$.code') = 'setup')";

export function checkIll(scene: Scene): void {
  const { poison, sick } = scene.lasting;
  for (const bead of poison.keys()) checkParked(scene, bead);
  if (steady(scene)) for (const agent of sick.keys()) checkCools(scene, agent);
}

/** It is tried as often as it may be, and not once more; or as long as nobody can tell. */
function checkParked(scene: Scene, bead: string): void {
  const { agentFailureBudget } = scene.settings;
  const row = oneOf<{ status: string; failures: number; unpaid: number; most: number | null }>(
    scene,
    `SELECT b.status, b.failures, b.unpaid_tries AS unpaid, json_extract(t.settings, '$.unpaidTriesPerDay') AS most FROM beads b, town t
      WHERE b.id = ? AND b.status IN ('open', 'in_progress')`,
    bead,
  );
  if (!row) return;
  if (row.failures >= agentFailureBudget)
    scene.violation(`ill: ${bead} has failed ${row.failures} runs and is ${row.status}`);
  if (row.most !== null && row.unpaid >= row.most)
    scene.violation(`ill: ${bead} was tried ${row.unpaid} times for nothing and is ${row.status}`);
  if (isTold(scene, bead))
    scene.violation(`ill: two agents tell that it is ${bead}'s trouble, and it is ${row.status}`);
}

/** Two agents that share nothing met the same with this bead and nothing of the kind with any other, and nobody has said anything since. */
function isTold(scene: Scene, bead: string): boolean {
  const runs = rowsOf<{ agent: string; provider: string; kind: string; other: number }>(
    scene,
    `SELECT DISTINCT t.agent_id AS agent, coalesce(g.provider, t.agent_id) AS provider, json_extract(t.failure, '$.kind') AS kind,
      EXISTS (SELECT 1 FROM attempts o JOIN agents x ON x.id = o.agent_id WHERE o.bead_id <> t.bead_id AND o.kind = 'run' AND ${DOUBTFUL.replaceAll("failure", "o.failure")}
        AND (x.id = g.id OR x.provider = g.provider)) AS other
      FROM attempts t JOIN agents g ON g.id = t.agent_id
      WHERE t.bead_id = ? AND t.kind = 'run' AND t.state = 'released' AND ${DOUBTFUL.replaceAll("failure", "t.failure")}`,
    bead,
  ).filter(({ other }) => !other);
  const isApart = runs.some(({ kind, provider }) => runs.some((one) => one.kind === kind && one.provider !== provider));
  if (!isApart) return false;
  const word = "SELECT 1 AS x FROM bead_notes WHERE bead_id = ? AND kind IN ('retried', 'reopened')";
  const well =
    "SELECT 1 AS x FROM attempts WHERE bead_id = ? AND kind = 'run' AND (state IN ('finished', 'failed') OR state = 'stopped' AND json_extract(failure, '$.kind') = 'agent_failed')";
  return !oneOf(scene, word, bead) && !oneOf(scene, well, bead);
}

/** Whom two beads have failed, which failed nobody else, is left alone for a while: it, or all of its provider. A bead that was retried tells nothing of before. */
function checkCools(scene: Scene, agent: string): void {
  const sinceMs = Math.max(scene.lasting.sick.get(agent)?.sinceMs ?? 0, scene.lasting.saidMs.get(agent) ?? 0);
  const row = oneOf<{ beads: number; last: number; well: number; until: number; troubled: number; asked: number }>(
    scene,
    `SELECT count(DISTINCT t.bead_id) AS beads, max(t.ended_at_ms) AS last, max(g.not_before_ms, coalesce(p.not_before_ms, 0)) AS until,
      g.trouble IS NOT NULL OR p.trouble IS NOT NULL AS troubled,
      EXISTS (SELECT 1 FROM beads h JOIN bead_notes n ON n.bead_id = h.id WHERE h.agent_id = g.id AND n.kind = 'retried') AS asked,
      EXISTS (SELECT 1 FROM attempts w JOIN agents x ON x.id = w.agent_id WHERE w.kind = 'run' AND w.state IN ('finished', 'failed', 'stopping', 'stopped') AND w.ended_at_ms >= ?
        AND (x.id = g.id OR x.provider = g.provider)) AS well
      FROM attempts t JOIN agents g ON g.id = t.agent_id LEFT JOIN providers p ON p.id = g.provider
      WHERE t.agent_id = ? AND t.kind = 'run' AND t.state = 'released' AND t.started_at_ms >= ? AND ${DOUBTFUL.replaceAll("failure", "t.failure")}
        AND NOT EXISTS (SELECT 1 FROM attempts o WHERE o.bead_id = t.bead_id AND o.agent_id <> t.agent_id AND ${DOUBTFUL.replaceAll("failure", "o.failure")})
        AND NOT EXISTS (SELECT 1 FROM bead_notes n WHERE n.bead_id = t.bead_id AND n.kind IN ('retried', 'reopened') AND n.at_ms >= t.ended_at_ms)
      GROUP BY t.agent_id, json_extract(t.failure, '$.kind')`,
    sinceMs,
    agent,
    sinceMs,
  );
  if (!row || row.beads < 2 || row.well) return;
  // Who has a bead on its hook tried again has its agent tried at once.
  if (row.asked && row.until === 0) return;
  if (!row.troubled || row.until <= row.last)
    scene.violation(`ill: ${row.beads} beads tell that it is ${agent}'s trouble, and it is not left alone`);
}
