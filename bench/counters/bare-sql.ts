/**
 * The life of a bead as bare SQL, on the town's own tables and indexes: each row that changes written once, each choice read
 * through its index, and what is asked of a host written down before it is asked. No loop, no record of it, no health, no gates,
 * no facts that fail: what nobody who wants these transitions durable could leave out. Each `:name` stands for a value.
 */

export const created = {
  rig: "SELECT id FROM rigs WHERE id = 'lib'",
  number: "UPDATE town SET last_bead = last_bead + 1 RETURNING last_bead",
  bead: `INSERT INTO beads (id, seq, rig_id, title, body, type, priority, status, created_at_ms, updated_at_ms)
    SELECT 'lib-' || last_bead, last_bead, 'lib', 'work', '', 'task', 2, 'open', :now, :now FROM town`,
};

export const claimed = {
  agent: "SELECT id FROM agents WHERE rig_id = 'lib' AND status = 'idle' AND bead_id IS NULL ORDER BY id LIMIT 1",
  bead: "SELECT id, touches FROM beads WHERE rig_id = 'lib' AND status = 'open' AND blocked_by = 0 ORDER BY priority, unpaid_tries, seq LIMIT 1",
  fence: "UPDATE town SET last_fence = last_fence + 1 RETURNING last_fence",
  agentTaken: `UPDATE agents SET status = 'starting', bead_id = :bead, fence = :fence, last_fence = :fence
    WHERE id = :agent AND status = 'idle' AND enabled RETURNING *`,
  beadTaken: `UPDATE beads SET status = 'in_progress', agent_id = :agent, fence = :fence, updated_at_ms = :now
    WHERE id = :bead AND status = 'open' AND blocked_by = 0 RETURNING *`,
  attempt: `INSERT INTO attempts (fence, kind, rig_id, bead_id, agent_id, state, started_at_ms, lease_until_ms)
    VALUES (:fence, 'run', 'lib', :bead, :agent, 'starting', :now, :now + 20000)`,
  rig: "SELECT * FROM rigs WHERE id = 'lib'",
  effect:
    "INSERT INTO effects (id, action, payload, fence, tries, due_at_ms) VALUES (:fence, 'dispatch_agent', '{}', :fence, 1, :now + 20000)",
};

export const accepted = {
  effect: "DELETE FROM effects WHERE id = :fence RETURNING action, fence",
  attempt:
    "UPDATE attempts SET state = 'running', accepted_at_ms = :now, lease_until_ms = :now + 60000 WHERE fence = :fence AND state = 'starting' RETURNING agent_id",
  agent: "UPDATE agents SET status = 'working' WHERE id = :agent AND fence = :fence",
};

export const heartbeat = {
  attempt: `UPDATE attempts SET lease_until_ms = lease_until_ms + 1, last_seq = coalesce(last_seq, 0) + 1, agent_active_at_ms = :now
    WHERE fence = :fence AND state = 'running'`,
};

/** It may be heard of before the answer to the start is. */
export const finished = {
  attempt: `UPDATE attempts SET state = 'finished', ended_at_ms = :now, branch = 'b', head = :head, output_tail = ''
    WHERE fence = :fence AND ended_at_ms IS NULL RETURNING bead_id, agent_id`,
  agent: "UPDATE agents SET status = 'idle', bead_id = NULL, fence = NULL WHERE id = :agent AND fence = :fence",
  bead: "UPDATE beads SET status = 'in_review', agent_id = NULL, branch = 'b', head = :head, updated_at_ms = :now WHERE id = :bead AND fence = :fence",
};

export const landingClaimed = {
  landing: "SELECT fence FROM attempts WHERE rig_id = 'lib' AND kind = 'landing' AND ended_at_ms IS NULL",
  bead: "SELECT id FROM beads WHERE rig_id = 'lib' AND status = 'in_review' ORDER BY priority, seq LIMIT 1",
  fence: "UPDATE town SET last_fence = last_fence + 1 RETURNING last_fence",
  beadTaken:
    "UPDATE beads SET fence = :landing, updated_at_ms = :now WHERE id = :bead AND status = 'in_review' RETURNING *",
  attempt: `INSERT INTO attempts (fence, kind, rig_id, bead_id, state, started_at_ms, lease_until_ms)
    VALUES (:landing, 'landing', 'lib', :bead, 'starting', :now, :now + 20000)`,
  rig: "SELECT * FROM rigs WHERE id = 'lib'",
  effect:
    "INSERT INTO effects (id, action, payload, fence, tries, due_at_ms) VALUES (:landing, 'land_bead', '{}', :landing, 1, :now + 20000)",
};

export const landingAccepted = {
  effect: "DELETE FROM effects WHERE id = :landing RETURNING action, fence",
  attempt:
    "UPDATE attempts SET state = 'running', accepted_at_ms = :now, lease_until_ms = :now + 60000 WHERE fence = :landing AND state = 'starting'",
};

/** Closed, and whoever waited for it may go on. */
export const landed = {
  attempt:
    "UPDATE attempts SET state = 'finished', ended_at_ms = :now, head = :head WHERE fence = :landing AND ended_at_ms IS NULL RETURNING bead_id",
  bead: `UPDATE beads SET status = 'closed', head = :head, closed_at_ms = :now, updated_at_ms = :now
    WHERE id = :bead AND status = 'in_review' RETURNING convoy_id`,
  waiting: "SELECT bead_id FROM bead_dependencies WHERE blocker_id = :bead AND type = 'blocks'",
};
