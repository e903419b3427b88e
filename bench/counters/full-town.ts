/** A town with much in it, made by SQL in a second or two: what its reads are measured on. */
import { townClient } from "../../src/dos/town-client.ts";
import type { FullTown } from "./costs.ts";
import { type CountersEnv, Stage } from "./stage.ts";

/** Of what is neither open nor closed there are so many each, and so many in the convoy. */
const FEW = 100;

/** Beads of a rig in which hardly anything happens. */
const FEWEST = 5;

/** Rows of each of the town's own books. */
const BOOKS = 2_000;

const COUNT = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)";

/**
 * What is open, parked or cancelled is older than all that is closed: a walk from the newest on passes the whole of the history.
 * Every second open bead waits for the one before it.
 *
 * @param idle so many agents more, that could do nothing
 */
export async function fillTown(env: CountersEnv, closed: number, open: number, idle = 0): Promise<FullTown> {
  const stage = await Stage.open(env, { history: closed + open, agents: 10 });
  const { town, name } = stage;
  const aside = Math.min(FEW, Math.floor(open / 10));
  const fill = async (count: number, sql: string) => void (await town.run(`${COUNT} ${sql}`, count));

  await townClient(town).execute("add-rig", {
    ...{ id: "small", repoUrl: "/nowhere.git", defaultBranch: "main", gate: null, maxGateMs: 60_000 },
    ...{ landingsAtOnce: 1, maxAgents: null, maxInReview: null },
  });
  await town.run("INSERT INTO hosts (id, token_hash, enabled, created_at_ms) VALUES ('mac', '', 0, 1)");
  await town.run(
    `INSERT INTO webhooks (id, url, events, enabled, secret, created_at_ms)
      VALUES ('chat', 'https://chat.example/hook', '[]', 0, 'whsec', 1)`,
  );
  await town.run(
    "INSERT INTO convoys (id, seq, title, state, on_failure, created_at_ms) VALUES ('c', 1, 'c', 'running', 'block', 1)",
  );
  await town.run(
    `${COUNT} INSERT INTO agents (id, rig_id, role, command, env, max_run_ms, enabled, created_at_ms)
      SELECT 'idle-' || i, 'small', 'worker', '["accept"]', '{}', 60000, 0, 1 FROM n WHERE i <= ?`,
    Math.max(1, idle),
    idle,
  );
  const was = (status: string, from: number, to: number, more = "") =>
    town.run(`UPDATE beads SET status = '${status}', rig_id = rig_id${more} WHERE seq > ? AND seq <= ?`, from, to);
  await was("open", 0, open - 2 * aside, ", closed_at_ms = NULL, blocked_by = 1 - seq % 2");
  await was("failed", open - 2 * aside, open - aside);
  await was("cancelled", open - aside, open);
  await town.run("DELETE FROM attempts WHERE kind = 'landing' AND fence <= ?", 2 * open);
  await town.run("UPDATE attempts SET state = 'failed' WHERE fence <= ?", 2 * open);
  await fill(
    Math.floor((open - 2 * aside) / 2),
    "INSERT INTO bead_dependencies (bead_id, blocker_id) SELECT 'lib-' || (2 * i), 'lib-' || (2 * i - 1) FROM n",
  );
  await town.run(`UPDATE beads SET convoy_id = 'c' WHERE seq <= ?`, aside);
  await town.run(
    `UPDATE beads SET rig_id = 'small', labels = '["rare"]', body = 'needle' WHERE status = 'cancelled' AND seq > ?`,
    open - FEWEST,
  );
  await fill(
    BOOKS,
    "INSERT INTO incidents (kind, opened_at_ms, closed_at_ms, cause, hint, evidence) SELECT 'late', i, i, '', '', '{}' FROM n",
  );
  await fill(BOOKS, "INSERT INTO audit (tick, at_ms, commands) SELECT 1, i, '[]' FROM n");
  await fill(
    BOOKS,
    `INSERT INTO webhook_deliveries (webhook_id, type, body, state, next_at_ms, created_at_ms)
      SELECT 'chat', 'bead.closed', '{}', 'failed', i, i FROM n`,
  );
  await fill(
    BOOKS,
    `INSERT INTO events (type, payload, received_at_ms, tries, due_at_ms, error, quarantined_at_ms)
      SELECT 'run_finished', '{}', i, 9, i, 'poison', i FROM n`,
  );
  await town.run("UPDATE town SET events_received = events_received + ?", BOOKS);
  await town.force();
  await town.quiet();
  const [newest] = await town.run("SELECT max(fence) AS fence FROM attempts");
  await town.take();
  return { town: name, fence: newest?.fence as number };
}
