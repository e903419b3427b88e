/** What stands in for a value that can't be read, where the schema's own default would not do: never more than it was allowed. */
import { blockersOfAll } from "../beads/blockers.ts";
import { text } from "./checks.ts";

const UNREADABLE = "what was said here can't be read";

/** Shut, for a person to open. */
const shut = (nowMs: number): string =>
  text(JSON.stringify({ by: "townkeeper", why: UNREADABLE, sinceMs: nowMs, untilMs: null }));

const LIVE = "ended_at_ms IS NULL";
const stateOf = (of: string): string =>
  `CASE ${of} WHEN 'starting' THEN 'starting' WHEN 'stopping' THEN 'stopping' ELSE 'working' END`;

const landed =
  "EXISTS (SELECT 1 FROM attempts a WHERE a.bead_id = beads.id AND a.kind = 'landing' AND a.state = 'finished')";

/** By table and column: SQL that may look at the row, and at the tables that come before it. */
const STANDS_IN: Record<string, (nowMs: number) => string> = {
  "town.paused": shut,
  "town.last_fence": () => "(SELECT coalesce(max(fence), 0) FROM attempts)",
  "town.last_bead": () => "(SELECT coalesce(max(seq), 0) FROM beads)",
  "town.last_effect": () => "(SELECT coalesce(max(id), 0) FROM effects)",
  "rigs.paused": shut,
  "rigs.max_gate_ms": () => "900000",
  "attempts.kind": () => "CASE WHEN agent_id IS NULL THEN 'landing' ELSE 'run' END",
  "attempts.agent_id": () => "(SELECT g.id FROM agents g WHERE g.fence = attempts.fence)",
  "attempts.bead_id": () => "coalesce((SELECT b.id FROM beads b WHERE b.fence = attempts.fence), '')",
  "attempts.rig_id": () => "coalesce((SELECT b.rig_id FROM beads b WHERE b.fence = attempts.fence), '')",
  // What has ended must not live again, beside another.
  "attempts.ended_at_ms": (nowMs) =>
    `CASE WHEN state IN ('starting', 'running', 'stopping') AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.${LIVE} AND (a.bead_id = attempts.bead_id OR a.agent_id = attempts.agent_id)) THEN NULL ELSE ${nowMs} END`,
  "attempts.state": () =>
    `CASE WHEN NOT (${LIVE}) THEN 'failed'
      WHEN EXISTS (SELECT 1 FROM agents g WHERE g.fence = attempts.fence AND g.status = 'stopping') THEN 'stopping'
      WHEN accepted_at_ms IS NULL AND EXISTS (SELECT 1 FROM effects e WHERE e.fence = attempts.fence) THEN 'starting' ELSE 'running' END`,
  "agents.paused": shut,
  "agents.command": () => "'[]'",
  "agents.max_run_ms": () => "3600000",
  "agents.role": () => "'worker'",
  "agents.bead_id": () => "(SELECT b.id FROM beads b WHERE b.agent_id = agents.id AND b.status = 'in_progress')",
  "agents.rig_id": () =>
    "coalesce((SELECT a.rig_id FROM attempts a WHERE a.agent_id = agents.id ORDER BY a.fence DESC LIMIT 1), '')",
  "agents.fence": () => `(SELECT max(a.fence) FROM attempts a WHERE a.agent_id = agents.id AND a.${LIVE})`,
  "agents.last_fence": () => "(SELECT coalesce(max(a.fence), 0) FROM attempts a WHERE a.agent_id = agents.id)",
  "agents.status": () =>
    `coalesce((SELECT ${stateOf("a.state")} FROM attempts a WHERE a.agent_id = agents.id AND a.${LIVE}), 'idle')`,
  "beads.hold": shut,
  // A record is never work: an operator says again what it is.
  "beads.type": () => "CASE WHEN status = 'open' THEN 'record' ELSE 'task' END",
  "beads.priority": () => "2",
  // Its id begins with it.
  "beads.rig_id": () => "rtrim(rtrim(id, '0123456789'), '-')",
  "beads.agent_id": () => "(SELECT g.id FROM agents g WHERE g.bead_id = beads.id)",
  "beads.fence": () => "(SELECT max(a.fence) FROM attempts a WHERE a.bead_id = beads.id)",
  "beads.created_at_ms": String,
  "beads.updated_at_ms": String,
  "beads.closed_at_ms": (nowMs) => `CASE WHEN status IN ('closed', 'failed', 'cancelled') THEN ${nowMs} END`,
  "beads.status": () =>
    `CASE WHEN EXISTS (SELECT 1 FROM attempts a WHERE a.bead_id = beads.id AND a.kind = 'landing' AND a.${LIVE}) THEN 'in_review'
      WHEN EXISTS (SELECT 1 FROM agents g WHERE g.id = beads.agent_id AND g.bead_id = beads.id) THEN 'in_progress'
      WHEN closed_at_ms IS NULL OR last_failure IS NOT NULL THEN 'failed'
      WHEN ${landed} THEN 'closed' ELSE 'cancelled' END`,
  "convoys.on_failure": () => "'block'",
  "convoys.state": () =>
    `CASE WHEN head IS NOT NULL THEN 'running'
      WHEN EXISTS (SELECT 1 FROM beads b WHERE b.convoy_id = convoys.id AND b.status NOT IN ('closed', 'cancelled') AND NOT (b.status = 'failed' AND on_failure = 'continue')) THEN 'held'
      ELSE 'closed' END`,
};

/** @returns undefined where the schema's own will do */
export const standsIn = (table: string, column: string, nowMs: number): string | undefined =>
  STANDS_IN[`${table}.${column}`]?.(nowMs);

/** What else follows for a row, by its table: SQL of assignments. `lost` are the columns that could not be read. */
export function follows(table: string, lost: ReadonlySet<string>, nowMs: number): string[] {
  const anyOf = (...columns: string[]) => columns.some((column) => lost.has(column));
  // Without its program or its secrets it would do something else; without its gate a rig would land anything.
  if (table === "agents" && anyOf("command", "program", "env", "rig_id")) return ["enabled = 0"];
  if (table === "rigs" && anyOf("gate", "repo_url", "default_branch"))
    return [`paused = coalesce(paused, ${shut(nowMs)})`];
  if (table === "attempts" && anyOf("ended_at_ms"))
    return [
      `state = CASE WHEN NOT (${LIVE}) AND state IN ('starting', 'running', 'stopping') THEN 'failed' ELSE state END`,
    ];
  if (table !== "beads" || !anyOf("status")) return [];
  const failure = text(JSON.stringify({ kind: "refused", code: "unreadable", message: UNREADABLE, atMs: nowMs }));
  return [
    `closed_at_ms = CASE WHEN status = 'failed' THEN coalesce(closed_at_ms, ${nowMs}) WHEN status IN ('closed', 'cancelled') THEN closed_at_ms END`,
    `last_failure = CASE WHEN status = 'failed' THEN coalesce(last_failure, ${failure}) ELSE last_failure END`,
    "agent_id = CASE WHEN status = 'in_progress' THEN agent_id END",
  ];
}

/** What is counted elsewhere of rows that were put right. */
export const recounts: readonly string[] = [
  `UPDATE agents SET status = (SELECT ${stateOf("a.state")} FROM attempts a WHERE a.fence = agents.fence)
    WHERE status <> 'idle' AND EXISTS (SELECT 1 FROM attempts a WHERE a.fence = agents.fence AND a.${LIVE} AND a.kind = 'run')`,
  `UPDATE beads SET blocked_by = c.n FROM (${blockersOfAll}) c WHERE c.id = beads.id AND beads.blocked_by <> c.n`,
  `UPDATE town SET pauses = (SELECT count(*) FROM rigs WHERE paused IS NOT NULL) + (SELECT count(*) FROM agents WHERE paused IS NOT NULL),
    rig_troubles = (SELECT count(*) FROM rigs WHERE landing_trouble IS NOT NULL OR push_trouble IS NOT NULL),
    open_incidents = (SELECT count(*) FROM incidents WHERE closed_at_ms IS NULL)`,
  "UPDATE town SET counters = json_set(counters, '$.webhooks', (SELECT count(*) FROM webhooks)) WHERE EXISTS (SELECT 1 FROM webhooks)",
];
