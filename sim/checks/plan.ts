import { readTown } from "../../src/db/town.ts";
import { loadSnapshot } from "../../src/reconciler/load.ts";
import { planTown } from "../../src/reconciler/plan.ts";
import { isDeepStrictEqual } from "./equal.ts";
import { oneOf, type Scene } from "./scene.ts";

/** S9: a pass leaves nothing to plan, and planning is pure. L2 follows: no ready bead stands beside an agent free for it. */
export function checkConverged(scene: Scene): void {
  const { town, violation } = scene;
  const { settings, errorStreak, clockMs } = readTown(town.tx);
  if (errorStreak > 0) return;
  const ctx = { nowMs: clockMs, random: () => 0.5, settings };
  const snapshot = loadSnapshot(town.tx, ctx);
  const plan = planTown(snapshot);
  if (plan.length > 0) violation(`S9 a pass has just run and more is planned: ${JSON.stringify(plan[0])}`);
  if (!isDeepStrictEqual(planTown(snapshot), plan)) violation("S9 the same snapshot was planned differently");
}

/** No attempt that ran out is left after a pass: it is free within one tick. */
export function checkLeases(scene: Scene): void {
  const row = oneOf<{ fence: number; clock: number; lease: number }>(
    scene,
    `SELECT a.fence, t.clock_ms AS clock, a.lease_until_ms AS lease FROM town t JOIN attempts a ON a.state IN ('starting', 'running', 'stopping')
      AND a.lease_until_ms <= t.clock_ms WHERE t.error_streak = 0 LIMIT 1`,
  );
  if (row)
    scene.violation(`S5 fence ${row.fence} ran out ${row.clock - row.lease} ms before the last pass and is live`);
}
