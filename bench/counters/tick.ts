import type { TickCosts } from "./costs.ts";
import { type CountersEnv, HEAD, Stage } from "./stage.ts";

/** What single ticks cost a town with so much history and so many agents. */
export async function measureTicks(env: CountersEnv, history: number, agents: number): Promise<TickCosts> {
  const stage = await Stage.open(env, { history, agents });
  const { town } = stage;
  // Once through everything: statements are prepared, and what is done at first is done.
  const first = await stage.bead();
  await stage.report(await stage.attempt(first), { kind: "finished", head: HEAD, outputTail: "" });
  await stage.report(await stage.attempt(first), { kind: "landed", head: HEAD });

  const idle = await stage.costOf(() => town.force());
  // A bead that is there already: what it costs to make one is a part of its life, not of this tick.
  await town.run(
    `INSERT INTO beads (id, seq, rig_id, title, body, type, priority, status, created_at_ms, updated_at_ms)
      SELECT 'lib-' || (last_bead + 1), last_bead + 1, 'lib', 'work', '', 'task', 2, 'open', 1, 1 FROM town`,
  );
  await town.run("UPDATE town SET last_bead = last_bead + 1");
  const dispatch = await stage.costOf(() => town.force());
  const [row] = await town.run("SELECT bead_id FROM attempts ORDER BY fence DESC LIMIT 1");
  const attempt = await stage.attempt(row?.bead_id as string);
  await stage.report(attempt, { kind: "heartbeat", agentActiveAtMs: null });
  const renew = await stage.costOf(() => stage.report(attempt, { kind: "heartbeat", agentActiveAtMs: null }));
  const finish = await stage.costOf(() => stage.report(attempt, { kind: "finished", head: HEAD, outputTail: "" }));
  const health = await stage.costOf(() => town.query("read-health", {}));
  return { idle, renew, dispatch, finish, health };
}
