/** Who waits for a provider's no, by the journal alone: the pair, whoever two beads have failed, or the bead that fails two agents. */
import { rowsOf, type Scene } from "./scene.ts";

const HOUR_MS = 3_600_000;
/** The least first step, half of which is certain. */
const LEAST_MS = 2_500;

interface Failed {
  fence: number;
  bead: string;
  agent: string | null;
  why: string;
}

/** What has just failed keeps its bead and its agent apart for a while, or its agent from all, or the bead from everybody. */
export function checkKeptApart(scene: Scene, { fence, bead, agent, why }: Failed): void {
  const [row] = rowsOf<{ cools: number; troubles: number; apart: number | null; status: string; newer: number }>(
    scene,
    `SELECT a.not_before_ms - t.clock_ms AS cools, a.troubles, b.status, b.fence > ? AS newer,
      (SELECT max(json_extract(d.value, '$.untilMs')) FROM json_each(a.doubts) d WHERE json_extract(d.value, '$.bead') = b.id) - t.clock_ms AS apart
      FROM agents a, town t JOIN beads b ON b.id = ? WHERE a.id = ?`,
    fence,
    bead,
    agent,
  );
  if (!row || row.status === "failed" || row.status === "cancelled" || row.newer) return;
  const leastMs = Math.min(LEAST_MS * 2 ** Math.max(0, row.apart === null ? row.troubles - 1 : 0), HOUR_MS / 2);
  const waitsMs = Math.max(row.cools, row.apart ?? 0);
  if (waitsMs < leastMs)
    scene.violation(
      `S7 fence ${fence} of ${bead} on ${agent} (${why}): they wait for ${waitsMs} ms, and ${leastMs} is the least`,
    );
}

/** Of what is parked and has a budget left: whether its own runs, as the journal has them, tell that it is to blame. */
export function toldByRuns(scene: Scene, bead: string): boolean {
  const rows = rowsOf<{ kind: string; agents: number; runs: number }>(
    scene,
    `SELECT json_extract(failure, '$.kind') AS kind, count(DISTINCT agent_id) AS agents, count(*) AS runs FROM attempts
      WHERE bead_id = ? AND kind = 'run' AND state = 'released' AND (json_extract(failure, '$.kind') IN ('provider_limited', 'auth') OR json_extract(failure, '$.code') = 'setup') GROUP BY 1`,
    bead,
  );
  return rows.some(({ agents, runs }) => agents > 1 || runs >= 4);
}
