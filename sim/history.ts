/** Towns that keep what is over for hours only; and what befalls old things there, besides that they go. */
import { readTown } from "../src/db/town-row.ts";
import { prunesAtMs, type Retention } from "../src/lib/retention.ts";
import type { Report } from "../src/protocol/reports.ts";
import { rowsOf } from "./checks/scene.ts";
import type { Clockwork } from "./clockwork.ts";
import type { World } from "./world.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** More than one step takes. */
const A_LONG_STORY = 700;
/** Streams of their own, so that the other things of a world stay as they are. */
const STREAM = "history";

/** Where an alarm is to mean that something is to be done. */
export const keepsEverything = { retention: { days: null, logDays: null } };

/** A third of them. The least is an hour, which is how far a clock jumps, too. */
export function drawRetention(clock: Clockwork): Retention {
  if (clock.random(STREAM) > 0.35) return keepsEverything.retention;
  const hours = () => clock.between(60, 150, STREAM) / 60 / 24;
  return { days: hours(), logDays: clock.random(STREAM) < 0.5 ? hours() : null };
}

export function planHistory(world: World, stormyMs: number): void {
  const clock = world.world;
  if (world.settings.retention.days === null) return;
  const every = (ms: () => number, act: () => void) => {
    const next = () => {
      if (!world.faults.on) return;
      act();
      clock.after(ms(), next);
    };
    clock.after(ms(), next);
  };
  every(
    () => clock.between(MINUTE, 10 * MINUTE, STREAM),
    () => writeLogs(world),
  );
  every(
    () => clock.between(MINUTE, 20 * MINUTE, STREAM),
    () => speakOfTheDead(world),
  );
  // Right before the town looks, so that some of it is not through with what it was.
  const untilLook = () => (prunesAtMs(readTown(world.town.tx), world.settings.retention) ?? 0) - world.town.nowMs;
  const before = () => {
    const leftMs = untilLook() - clock.between(0, 500, STREAM);
    return leftMs > 0 ? leftMs : clock.between(MINUTE, 20 * MINUTE, STREAM);
  };
  every(before, () => growOld(world));
  clock.after(clock.between(0, stormyMs / 2, STREAM), () => tellAtLength(world));
}

/** Runs print. */
function writeLogs(world: World): void {
  for (const { fence } of rowsOf<{ fence: number }>(world, "SELECT fence FROM attempts WHERE state = 'running'"))
    world.town.engine.sql.exec(
      "INSERT INTO attempt_logs (fence, seq, at_ms, text) SELECT ?, coalesce(max(seq), 0) + 1, ?, 'line' FROM attempt_logs WHERE fence = ?",
      ...[fence, world.town.nowMs, fence],
    );
}

/** What a run says whose bead is gone is fenced, and changes nothing. */
function speakOfTheDead(world: World): void {
  const clock = world.world;
  const { dead } = world.history;
  const one = dead[clock.between(0, dead.length, STREAM)];
  if (!one) return;
  const { fence, bead, agent, kind } = one;
  const words =
    clock.random(STREAM) < 0.3
      ? { kind: "heartbeat", agentActiveAtMs: null }
      : kind === "run"
        ? { kind: "finished", head: "e".repeat(40), outputTail: "" }
        : { kind: "landed", head: "e".repeat(40) };
  world.hear({ ...words, agent, bead, fence, seq: 1_000_000 } as Report, "grave");
}

const BUSY = "SELECT id FROM beads WHERE status = 'in_progress' ORDER BY seq";
const OVER = "SELECT id FROM beads WHERE status IN ('closed', 'cancelled') ORDER BY seq";
/** What waits for one that was cancelled, and that one. */
const WAITING = `SELECT x.id, b.id AS blocker FROM bead_dependencies d JOIN beads b ON b.id = d.blocker_id JOIN beads x ON x.id = d.bead_id
  WHERE d.type = 'blocks' AND b.status = 'cancelled' AND x.status = 'open' ORDER BY x.seq, b.seq`;

/** What is over, or has just been called off, has been so for hours; or so the rows say. */
function growOld(world: World): void {
  const clock = world.world;
  const some = (query: string) => {
    const rows = rowsOf<{ id: string; blocker?: string }>(world, query);
    return rows[clock.between(0, rows.length, STREAM)];
  };
  const callOff = (bead: string) =>
    world.surely({ type: "bead_cancelled", payload: { bead, reason: "nobody wants it" } }, true);
  const [busy, waiting, over] = [some(BUSY), some(WAITING), some(OVER)];
  if (busy && clock.random(STREAM) < 0.8) callOff(busy.id);
  if (waiting) callOff(waiting.id);
  const { sql } = world.town.engine;
  for (const id of [busy?.id, waiting?.blocker, over?.id]) {
    if (id === undefined) continue;
    sql.exec(
      "UPDATE beads SET closed_at_ms = closed_at_ms - ? WHERE id = ? AND status IN ('closed', 'cancelled')",
      ...[6 * HOUR, id],
    );
    // Its host is out of reach: what was given up may be at work there, and whoever wants it again waits for that.
    if (clock.random(STREAM) >= 0.3) continue;
    world.longestLeaseMs = Math.max(world.longestLeaseMs, 10 * MINUTE);
    sql.exec(
      "UPDATE attempts SET lease_until_ms = ? WHERE bead_id = ? AND state = 'released' AND EXISTS (SELECT 1 FROM beads b WHERE b.id = bead_id AND b.status = 'cancelled')",
      ...[world.town.nowMs + 10 * MINUTE, id],
    );
  }
  world.history.check(world); // nobody else has changed that
}

/** Much was said about one that is over. */
function tellAtLength(world: World): void {
  world.town.engine.sql.exec(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
      INSERT INTO bead_notes (bead_id, at_ms, kind, text)
      SELECT b.id, 1, 'edited', 'x' FROM n, (SELECT id FROM beads WHERE status IN ('closed', 'cancelled') ORDER BY seq LIMIT 1) b`,
    A_LONG_STORY,
  );
}
