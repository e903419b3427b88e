import { tierAfter } from "../../src/lib/stall.ts";
import { oneOf, rowsOf, type Scene } from "./scene.ts";

type Run = { fence: number; stall: number; since: number; role: string; clock: number };

/**
 * A run that lives and stands still has had its answer when a pass is over, and none that moves has one: worked out
 * from the settings, apart from the query that the engine asks.
 */
export function checkStalls(scene: Scene): void {
  const runs = rowsOf<Run>(
    scene,
    `SELECT a.fence, a.stall, coalesce(a.agent_active_at_ms, a.accepted_at_ms) AS since, g.role, t.clock_ms AS clock
      FROM town t, attempts a JOIN agents g ON g.id = a.agent_id
      WHERE a.ended_at_ms IS NULL AND a.state = 'running' AND a.lease_until_ms > t.clock_ms
        AND t.error_streak = 0 AND t.repeats = '{}' AND (t.next_wake_at_ms IS NULL OR t.next_wake_at_ms > t.clock_ms + 5)`,
  );
  for (const { fence, stall, since, role, clock } of runs) {
    const silentMs = clock - since;
    const due = tierAfter(scene.settings, role, silentMs);
    if (due > stall) scene.violation(`L5 fence ${fence} is silent for ${silentMs} ms and at tier ${stall}, not ${due}`);
    // A message may have taken a lease longer than another.
    const reached = tierAfter(scene.settings, role, silentMs + scene.longestLeaseMs);
    if (stall > reached) scene.violation(`L5 fence ${fence} is silent for ${silentMs} ms only and at tier ${stall}`);
  }
}

/** By the process itself, and true time: nobody who was at work is stopped for standing still. */
export function checkStood(scene: Scene, fence: number): void {
  const work = scene.hosts.flatMap((host) => host.live()).find((each) => each.fence === fence);
  if (!work || work.lacksRemote) return; // its end is on its way, or no agent of it has ever begun
  const stoodMs = work.standsFromMs === null ? 0 : scene.world.nowMs - work.standsFromMs;
  const { role = "" } = oneOf<{ role: string }>(scene, "SELECT role FROM agents WHERE id = ?", work.agent) ?? {};
  if (tierAfter(scene.settings, role, stoodMs) < 3)
    scene.violation(`L5 fence ${fence} was stopped, and its agent stood still for ${stoodMs} ms`);
}
