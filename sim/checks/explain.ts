import { readTown } from "../../src/db/town-row.ts";
import { type Explanation, explainBead, previewPlan } from "../../src/queries/explain/index.ts";
import { rowsOf, type Scene } from "./scene.ts";

/**
 * What is explained is what is done: now, when nothing is planned any more, and at the time for which the loop has set its
 * alarm. A bead that would start has every gate open; one that would not has one shut, and not for want of a better reason.
 */
export function checkExplained(scene: Scene): void {
  const { town, violation } = scene;
  if (town.commits % 4 > 1) return; // every other time: to explain costs more than to plan
  const { settings, errorStreak, clockMs, nextWakeAtMs } = readTown(town.tx);
  if (errorStreak > 0) return;
  const waiting = rowsOf<{ id: string }>(
    scene,
    "SELECT id FROM beads WHERE status IN ('open', 'in_progress', 'in_review', 'failed') ORDER BY seq",
  ).map(({ id }) => id);
  const nowMs = town.commits % 2 === 0 ? clockMs : (nextWakeAtMs ?? clockMs);
  const ctx = { nowMs, random: () => 0.5, settings };
  const plan = previewPlan(town.tx, ctx, town.inFlight);
  const starts = plan.actions.flatMap((action) =>
    action.type === "dispatch_agent" || action.type === "land_bead" ? [action.beadId] : [],
  );
  for (const id of starts) {
    const shut = shutOf(explainBead(town.tx, id, ctx, plan));
    if (shut.length > 0) violation(`explain: ${id} would start, and ${shut.join(", ")} is shut`);
  }
  const one = waiting[Math.floor(town.commits / 4) % waiting.length];
  if (one === undefined || starts.includes(one)) return;
  const explained = explainBead(town.tx, one, ctx, plan);
  if (explained.runsAs !== null) return;
  const shut = shutOf(explained);
  if (shut.length === 0) violation(`explain: ${one} would not start, and no gate is shut`);
  if (shut.join() === "turn" && starts.length === 0)
    violation(`explain: ${one} waits for its turn, and nothing goes before it`);
}

const shutOf = ({ gates }: Explanation): string[] => gates.filter(({ ok }) => !ok).map(({ name }) => name);
