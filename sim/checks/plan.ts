import { targetOf } from "../../src/actions/index.ts";
import { readTown } from "../../src/db/town-row.ts";
import type { Lane } from "../../src/lib/lane.ts";
import { loadSnapshot } from "../../src/reconciler/load.ts";
import { planTown } from "../../src/reconciler/plan.ts";
import { RepeatBook } from "../../src/reconciler/repeats.ts";
import { isDeepStrictEqual } from "./equal.ts";
import { oneOf, type Rows, type Scene } from "./scene.ts";
import { atOnce } from "./slots.ts";

/** S9: a pass leaves nothing to plan, and planning is pure. L2 follows: no ready bead stands beside an agent free for it. */
export function checkConverged(scene: Rows): void {
  const { town } = scene;
  const { settings, errorStreak, clockMs, nextWakeAtMs, repeats, ticks } = readTown(town.tx);
  // A pass that has more to do than it takes on at once says so by its wake.
  if (errorStreak > 0 || (nextWakeAtMs !== null && nextWakeAtMs - clockMs <= AT_ONCE_MS)) return;
  const ctx = { nowMs: clockMs, random: () => 0.5, settings };
  // What failed in a pass is throttled alone, and nothing else is.
  const book = new RepeatBook(repeats, clockMs, ticks);
  const snapshot = loadSnapshot(town.tx, ctx, book, town.inFlight.slotsBeside([]));
  const planned = planTown(snapshot);
  const plan = planned.actions.filter((action) => !book.isThrottled(action.type, targetOf(action)));
  // Which slots were taken is forgotten with the incarnation: the next one's first pass begins anew.
  const isFirst = town.life === null || ticks <= town.life.bornAtTick;
  if (plan.length > 0 && !isFirst && !settledSince(scene))
    scene.violation(`S9 a pass has just run and more is planned: ${JSON.stringify(plan[0])}`);
  if (!isDeepStrictEqual(planned, planTown(snapshot))) scene.violation("S9 the same snapshot was planned differently");
}

const AT_ONCE_MS = 5;

/** An outcome was settled on its own because its pass failed: the pass is still to come. */
const settledSince = (scene: Rows): boolean =>
  oneOf(
    scene,
    `SELECT 1 AS x FROM town t WHERE EXISTS (SELECT 1 FROM attempts a WHERE a.ended_at_ms > t.clock_ms)
      OR EXISTS (SELECT 1 FROM ticks k WHERE k.completed_at_ms > t.clock_ms)`,
  ) !== undefined;

/** How long an agent may wait with its bead while another is ready and nobody else is free: the engine's own promise. */
const LONG_WAIT_MS = 20_000;

/** L2: one poison bead delays nobody. */
export function checkHooks(scene: Scene): void {
  const row = oneOf<{ id: string; bead: string }>(
    scene,
    `SELECT a.id, b.id AS bead FROM town t JOIN agents a ON a.status = 'idle' AND a.not_before_ms <= t.clock_ms AND a.paused IS NULL AND a.enabled
      JOIN beads b ON b.id = a.bead_id AND b.status = 'in_progress' AND b.not_before_ms > t.clock_ms + ?
      WHERE t.error_streak = 0 AND t.repeats = '{}' AND (t.next_wake_at_ms IS NULL OR t.next_wake_at_ms - t.clock_ms > ?)
        AND EXISTS (SELECT 1 FROM beads r WHERE r.rig_id = a.rig_id AND r.status = 'open' AND r.blocked_by = 0 AND r.not_before_ms <= t.clock_ms AND r.touches = '[]'
          AND NOT EXISTS (SELECT 1 FROM spending s WHERE s.scope = 'bead ' || r.id)
          AND NOT EXISTS (SELECT 1 FROM rigs g WHERE g.id = r.rig_id AND (g.paused IS NOT NULL OR g.push_trouble IS NOT NULL))
          AND NOT EXISTS (SELECT 1 FROM attempts l WHERE l.bead_id = r.id AND l.ended_at_ms IS NULL))
        AND NOT EXISTS (SELECT 1 FROM agents f WHERE f.rig_id = a.rig_id AND f.status = 'idle' AND f.paused IS NULL AND f.bead_id IS NULL AND f.not_before_ms <= t.clock_ms)
      LIMIT 1`,
    LONG_WAIT_MS,
    AT_ONCE_MS,
  );
  if (row && !settledSince(scene))
    scene.violation(`L2 ${row.id} waits with ${row.bead} while another bead is ready and nobody is free`);
}

/** No attempt that ran out is left after a pass that planned: it is free within one tick. A sign of life alone plans nothing. */
export function checkLeases(scene: Scene): void {
  const row = oneOf<{ fence: number; clock: number; lease: number }>(
    scene,
    `SELECT a.fence, t.clock_ms AS clock, a.lease_until_ms AS lease FROM town t JOIN attempts a ON a.ended_at_ms IS NULL
      AND a.lease_until_ms <= t.clock_ms WHERE t.error_streak = 0 AND t.repeats NOT LIKE '%"release_lost_attempt ' || a.fence || '"%'
      AND (t.next_wake_at_ms IS NULL OR t.next_wake_at_ms - t.clock_ms > ?) LIMIT 1`,
    AT_ONCE_MS,
  );
  if (row)
    scene.violation(`S5 fence ${row.fence} ran out ${row.clock - row.lease} ms before the last pass and is live`);
}

/**
 * L2: no host keeps anything from another. Where one is there, has not failed, has room and a slot, no ready bead stands beside an agent
 * who is free for it; in a town whose other gates are open, or not there.
 */
export function checkHosts(scene: Rows): void {
  const { town } = scene;
  const other = oneOf<{ id: string; fence: number }>(
    scene,
    `SELECT h.id, t.fence FROM hosts h JOIN attempts t ON t.fence = json_extract(h.breaker, '$.fence') WHERE t.host_id IS NOT h.id LIMIT 1`,
  );
  if (other) scene.violation(`breaker: host ${other.id} is to blame for fence ${other.fence}, which was elsewhere`);
  const { settings } = readTown(town.tx);
  const { maxAgents, maxAgentsPerRig, maxAgentsByRole, dayMinutes } = settings;
  const isCapped = maxAgents !== undefined || maxAgentsPerRig !== undefined || Object.keys(maxAgentsByRole).length > 0;
  if (isCapped || Object.keys(dayMinutes).length > 0) return;
  const busy = town.inFlight.lanes().filter(({ kind }) => kind === "start");
  const row = oneOf<{ host: string; bead: string; agent: string }>(
    scene,
    `SELECT h.id AS host, b.id AS bead, a.id AS agent FROM town t
      JOIN hosts h ON h.enabled AND h.connected_at_ms IS NOT NULL AND h.breaker IS NULL AND h.full IS NULL AND h.id NOT IN (SELECT value FROM json_each(?))
      JOIN beads b ON b.status = 'open' AND b.blocked_by = 0 AND b.not_before_ms <= t.clock_ms AND b.touches = '[]'
      JOIN agents a ON a.rig_id = b.rig_id AND a.status = 'idle' AND a.bead_id IS NULL AND a.enabled AND a.paused IS NULL AND a.not_before_ms <= t.clock_ms AND a.role <> 'merger'
      JOIN rigs g ON g.id = b.rig_id AND g.paused IS NULL AND g.push_trouble IS NULL AND g.max_agents IS NULL AND g.max_in_review IS NULL
      WHERE t.error_streak = 0 AND t.paused IS NULL AND NOT t.draining AND t.repeats = '{}' AND (t.next_wake_at_ms IS NULL OR t.next_wake_at_ms - t.clock_ms > ?)
        AND NOT EXISTS (SELECT 1 FROM attempts l WHERE l.bead_id = b.id AND l.ended_at_ms IS NULL) AND a.doubts IS NULL AND b.strikes IS NULL
        AND (SELECT count(*) FROM attempts s WHERE s.started_at_ms > t.clock_ms - 60000) < json_extract(t.settings, '$.startsPerMinute')
        AND (SELECT count(*) FROM beads v WHERE v.rig_id = b.rig_id AND v.status = 'in_review') < json_extract(t.settings, '$.maxInReviewPerRig')
      LIMIT 1`,
    JSON.stringify(fullHosts(town, busy)),
    AT_ONCE_MS,
  );
  const isFirst = town.life === null || readTown(town.tx).ticks <= town.life.bornAtTick;
  if (row && !isFirst && !settledSince(scene))
    scene.violation(`L2 ${row.bead} waits beside ${row.agent}, and host ${row.host} is well and free`);
}

/** With each that is busy so often that nothing more can be asked of it. */
const fullHosts = (town: Rows["town"], busy: readonly Lane[]): (string | null)[] =>
  busy
    .filter((lane) => busy.filter(({ host }) => host === lane.host).length >= atOnce(town, "start"))
    .map(({ host }) => host);
