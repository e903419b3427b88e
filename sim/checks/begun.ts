import { readTown } from "../../src/db/town-row.ts";
import { checkTroubles } from "../remotes.ts";
import { breakerOf, oneOf, rowsOf, type Scene, steady } from "./scene.ts";

interface Row extends Record<string, string | number | null> {
  fence: number;
  kind: string;
  bead: string;
  rig: string;
  agent: string | null;
  role: string | null;
  startedMs: number;
  rigPause: string | null;
  agentPause: string | null;
  providerMs: number | null;
  retried: number;
  /** Its agent is in no trouble by now: somebody has enabled it, and it need not wait for its provider. */
  isWell: number;
}

const DAY_MS = 86_400_000;

/**
 * What has just begun had every gate open, as far as rows can tell, whatever the planner thought. Looked at with each commit: a run
 * that lives again by what it says in the same step, after its neighbour has begun, was not there to be counted.
 */
export class Begun {
  #lastFence = 0;
  #changes = -1;

  check(scene: Scene): void {
    if (scene.town.changes === this.#changes) return;
    this.#changes = scene.town.changes;
    const begun = rowsOf<Row>(
      scene,
      `SELECT t.fence, t.kind, t.bead_id AS bead, t.rig_id AS rig, t.agent_id AS agent, g.role, t.started_at_ms AS startedMs,
        r.paused AS rigPause, g.paused AS agentPause, p.not_before_ms AS providerMs,
        EXISTS (SELECT 1 FROM bead_notes n WHERE n.kind = 'retried' AND n.at_ms >= json_extract(p.trouble, '$.atMs')) AS retried,
        g.trouble IS NULL AS isWell
        FROM attempts t JOIN rigs r ON r.id = t.rig_id LEFT JOIN agents g ON g.id = t.agent_id
        LEFT JOIN providers p ON p.id = g.provider WHERE t.fence > ?`,
      this.#lastFence,
    );
    if (begun.length === 0) return;
    this.#lastFence = Math.max(...begun.map(({ fence }) => fence));
    for (const one of begun) this.#checkOne(scene, one);
    if (steady(scene)) for (const one of begun) checkTroubles(scene, one);
    this.#checkCaps(scene, begun);
    this.#checkBudgets(scene, begun);
  }

  #checkOne(scene: Scene, { fence, bead, startedMs, rigPause, agentPause, providerMs, retried, isWell }: Row): void {
    const since = (pause: string | null) => (pause === null ? Number.POSITIVE_INFINITY : JSON.parse(pause).sinceMs);
    if (steady(scene) && Math.min(since(rigPause), since(agentPause)) < startedMs)
      scene.violation(`pause: fence ${fence} of ${bead} began in a pause`);
    // A person who wants it tried now is not told to wait; after a jump of the clock nobody can tell which came first.
    if (steady(scene) && providerMs !== null && providerMs > startedMs && !retried && !isWell)
      scene.violation(
        `provider: fence ${fence} of ${bead} began ${providerMs - startedMs} ms before its provider is well`,
      );
    const { settings } = readTown(scene.town.tx);
    const breaker = breakerOf(scene, fence);
    if (breaker === null || breaker.openUntilMs === null || fence <= breaker.fence) return;
    if (breaker.failure.atMs >= startedMs) return; // it opened in the very pass
    if (breaker.openUntilMs > startedMs && breaker.failures >= settings.breakerAfter)
      scene.violation(
        `breaker: fence ${fence} of ${bead} began ${breaker.openUntilMs - startedMs} ms before it closes`,
      );
    const others = oneOf<{ n: number }>(
      scene,
      "SELECT count(*) AS n FROM attempts WHERE fence > ? AND ended_at_ms IS NULL AND host_id IS (SELECT host_id FROM attempts WHERE fence = ?)",
      breaker.fence,
      fence,
    );
    if (others && others.n > 1)
      scene.violation(`breaker: ${others.n} tries at once, and the host is not known to be well`);
  }

  #checkCaps(scene: Scene, begun: Row[]): void {
    const { violation } = scene;
    const runs = begun.filter(({ kind }) => kind === "run");
    if (runs.length === 0) return;
    const { settings } = readTown(scene.town.tx);
    const live = rowsOf<{ rig: string; role: string }>(
      scene,
      `SELECT t.rig_id AS rig, g.role FROM attempts t JOIN agents g ON g.id = t.agent_id
        WHERE t.kind = 'run' AND t.ended_at_ms IS NULL`,
    );
    const over = (what: string, count: number, cap: number | undefined) => {
      if (cap !== undefined && count > cap) violation(`cap: ${count} runs are live in ${what}, and ${cap} may`);
    };
    over("the town", live.length, settings.maxAgents);
    for (const { rig, role } of runs) {
      over(rig, live.filter((run) => run.rig === rig).length, settings.maxAgentsPerRig);
      over(role ?? "", live.filter((run) => run.role === role).length, settings.maxAgentsByRole[role ?? ""]);
    }
  }

  /** Whoever has just begun has reserved what there was, and no more. */
  #checkBudgets(scene: Scene, begun: Row[]): void {
    const { dayMinutes } = readTown(scene.town.tx).settings;
    const budgets = { town: dayMinutes.town, rig: dayMinutes.rig, bead: dayMinutes.bead };
    for (const { bead, rig, kind, startedMs } of begun) {
      if (kind !== "run") continue;
      for (const [key, minutes] of [
        ["town", budgets.town],
        [`rig ${rig}`, budgets.rig],
        [`bead ${bead}`, budgets.bead],
      ] as const) {
        if (minutes === undefined) continue;
        const day = Math.floor(startedMs / DAY_MS);
        const row = oneOf<{ ms: number }>(scene, "SELECT ms FROM spending WHERE scope = ? AND day = ?", key, day);
        if (!row || row.ms > minutes * 60_000)
          scene.violation(
            `budget: ${key} has ${row ? `${row.ms} ms` : "nothing"} on its account, of ${minutes} minutes`,
          );
        const { ms: reserved } = oneOf<{ ms: number }>(
          scene,
          `SELECT total(charged_ms) AS ms FROM attempts WHERE ended_at_ms IS NULL
            AND started_at_ms / ${DAY_MS} = ? AND ('town' = ? OR 'rig ' || rig_id = ? OR 'bead ' || bead_id = ?)`,
          day,
          key,
          key,
          key,
        ) ?? { ms: 0 };
        if (row && row.ms < reserved)
          scene.violation(`budget: ${key} has ${row.ms} ms on its account, and ${reserved} ms are promised`);
      }
    }
  }
}
