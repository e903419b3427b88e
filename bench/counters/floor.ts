import type { Cost } from "./costs.ts";
import { HEARTBEATS } from "./life.ts";
import { type CountersEnv, HEAD, Stage } from "./stage.ts";

/**
 * The same life as bare SQL, on the same tables and indexes: each transition in one transaction, each row that changes written
 * once, each choice read through its index, and what is asked of a host written down before it is asked. No loop, no record of
 * it, no health, no gates, no facts that fail: what nobody who wants these transitions durable could leave out.
 */
const LIFE: readonly (readonly string[])[] = [
  // create, and dispatch in the same transaction
  [
    "SELECT id FROM rigs WHERE id = 'lib'",
    "UPDATE town SET last_bead = last_bead + 1 RETURNING last_bead",
    `INSERT INTO beads (id, seq, rig_id, title, body, type, priority, status, created_at_ms, updated_at_ms)
      SELECT 'lib-' || last_bead, last_bead, 'lib', 'work', '', 'task', 2, 'open', 1, 1 FROM town`,
    "SELECT id FROM agents WHERE rig_id = 'lib' AND status = 'idle' AND bead_id IS NULL ORDER BY id LIMIT 1",
    "SELECT id, touches FROM beads WHERE rig_id = 'lib' AND status = 'open' AND blocked_by = 0 ORDER BY priority, unpaid_tries, seq LIMIT 1",
    "UPDATE town SET last_fence = last_fence + 1 RETURNING last_fence",
    `UPDATE agents SET status = 'starting', bead_id = :bead, fence = :fence, last_fence = :fence
      WHERE id = 'agent-0' AND status = 'idle' AND enabled RETURNING *`,
    `UPDATE beads SET status = 'in_progress', agent_id = 'agent-0', fence = :fence, updated_at_ms = 2
      WHERE id = :bead AND status = 'open' AND blocked_by = 0 RETURNING *`,
    `INSERT INTO attempts (fence, kind, rig_id, bead_id, agent_id, state, started_at_ms, lease_until_ms)
      VALUES (:fence, 'run', 'lib', :bead, 'agent-0', 'starting', 2, 60000)`,
    "SELECT * FROM rigs WHERE id = 'lib'",
    "INSERT INTO effects (id, action, payload, fence, tries, due_at_ms) VALUES (:fence, 'dispatch_agent', '{}', :fence, 1, 20000)",
  ],
  // accepted
  [
    "DELETE FROM effects WHERE id = :fence RETURNING action, fence",
    "UPDATE attempts SET state = 'running', accepted_at_ms = 3, lease_until_ms = 20000 WHERE fence = :fence AND state = 'starting' RETURNING agent_id",
    "UPDATE agents SET status = 'working' WHERE id = 'agent-0' AND fence = :fence",
  ],
  ...Array.from({ length: HEARTBEATS }, () => [
    `UPDATE attempts SET lease_until_ms = lease_until_ms + 1, last_seq = coalesce(last_seq, 0) + 1, agent_active_at_ms = 3
      WHERE fence = :fence AND state = 'running'`,
  ]),
  // finished, and its landing begins in the same transaction
  [
    `UPDATE attempts SET state = 'finished', ended_at_ms = 4, branch = 'b', head = '${HEAD}', output_tail = ''
      WHERE fence = :fence AND state = 'running' RETURNING bead_id, agent_id`,
    "UPDATE agents SET status = 'idle', bead_id = NULL, fence = NULL WHERE id = 'agent-0' AND fence = :fence",
    `UPDATE beads SET status = 'in_review', agent_id = NULL, branch = 'b', head = '${HEAD}', updated_at_ms = 4 WHERE id = :bead AND fence = :fence`,
    "SELECT fence FROM attempts WHERE rig_id = 'lib' AND kind = 'landing' AND ended_at_ms IS NULL",
    "SELECT id FROM beads WHERE rig_id = 'lib' AND status = 'in_review' ORDER BY priority, seq LIMIT 1",
    "UPDATE town SET last_fence = last_fence + 1 RETURNING last_fence",
    "UPDATE beads SET fence = :landing, updated_at_ms = 4 WHERE id = :bead AND status = 'in_review' RETURNING *",
    `INSERT INTO attempts (fence, kind, rig_id, bead_id, state, started_at_ms, lease_until_ms)
      VALUES (:landing, 'landing', 'lib', :bead, 'starting', 4, 60000)`,
    "SELECT * FROM rigs WHERE id = 'lib'",
    "INSERT INTO effects (id, action, payload, fence, tries, due_at_ms) VALUES (:landing, 'land_bead', '{}', :landing, 1, 20000)",
  ],
  // its landing is accepted
  [
    "DELETE FROM effects WHERE id = :landing RETURNING action, fence",
    "UPDATE attempts SET state = 'running', accepted_at_ms = 5, lease_until_ms = 20000 WHERE fence = :landing AND state = 'starting'",
  ],
  // landed: closed, and whoever waited for it may go on
  [
    `UPDATE attempts SET state = 'finished', ended_at_ms = 6, head = '${HEAD}' WHERE fence = :landing AND state = 'running' RETURNING bead_id`,
    `UPDATE beads SET status = 'closed', head = '${HEAD}', closed_at_ms = 6, updated_at_ms = 6 WHERE id = :bead AND status = 'in_review' RETURNING convoy_id`,
    "SELECT bead_id FROM bead_dependencies WHERE blocker_id = :bead AND type = 'blocks'",
  ],
];

/** What the life of a bead costs at the least, in the same runtime. */
export async function measureFloor(env: CountersEnv, history: number): Promise<Cost> {
  const { town } = await Stage.open(env, { history, agents: 10 });
  const [row] = await town.run("SELECT last_bead, last_fence FROM town");
  const fence = (row?.last_fence as number) + 1;
  const names = { ":bead": `'lib-${(row?.last_bead as number) + 1}'`, ":fence": String(fence) };
  const filled = (sql: string) =>
    sql.replaceAll(/:bead|:fence|:landing/g, (name) => ({ ...names, ":landing": String(fence + 1) })[name] as string);
  await town.take();
  for (const transition of LIFE) await town.transact(transition.map(filled));
  const { cost } = await town.take();
  const [bead] = await town.run(`SELECT status FROM beads WHERE id = ${names[":bead"]}`);
  if (bead?.status !== "closed") throw new Error(`the bead is ${bead?.status}, not closed`);
  return cost;
}
