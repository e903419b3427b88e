/** How history goes: what is too old, in steps of so many rows, oldest first, and nothing that anything else still needs. */
import { sql } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { dropOldRemovals } from "../db/removals.ts";
import type { TownRow } from "../db/schema.ts";
import type { StepContext } from "../db/step.ts";
import { changeTown } from "../db/town-row.ts";
import { firstSpendingDay, keptMs, type Pruning, pruningOf, reachNow } from "../lib/retention.ts";
import { earliest } from "../lib/time.ts";
import { bondOf, Rows, removeBead, removeConvoys } from "./remove.ts";

/** Rows that one step deletes at most: some milliseconds, however much of it there is. */
const ROWS_A_STEP = 200;

/** Beads that one step looks at, and runs whose logs it does; this many consecutive beads that are too young end a look. */
const BEADS_A_STEP = 100;
const LOGS_A_STEP = 50;

/** One step of a look, and where the next one goes on. */
export function pruneStep(tx: Tx, row: TownRow, ctx: StepContext): void {
  const before = pruningOf(row);
  const pruning = before.look ? before : begun(before, ctx);
  const rows = new Rows(tx, ROWS_A_STEP);
  const logged = pruning.look?.at === "logs" ? pruneLogs(tx, pruning, rows, ctx) : pruning;
  const next = typeof logged.look?.at === "number" ? pruneBeads(tx, logged, logged.look.at, rows, ctx) : logged;
  if (next.look !== null) return void changeTown(tx, { pruning: next });
  dropOldRemovals(tx, ctx);
  const dropped = ctx.settings.retention.days === null ? 0 : dropQuarantined(rows, next.beads.untilMs);
  const ended = { lookedAtMs: ctx.nowMs, facts: row.eventsApplied };
  changeTown(tx, { pruning: { ...next, ...ended }, eventsDiscarded: row.eventsDiscarded + dropped });
}

const dropQuarantined = (rows: Rows, untilMs: number): number =>
  rows.deleteSome("events", sql`quarantined_at_ms <= ${untilMs}`);

function begun(before: Pruning, { nowMs, settings: { retention } }: StepContext): Pruning {
  const reach = (what: "beads" | "logs", days: number | null) => {
    const kept = keptMs(days);
    if (kept === null) return before[what];
    return { untilMs: reachNow(before[what], before.lookedAtMs, nowMs, kept, retention), oldestMs: null };
  };
  return {
    ...before,
    beads: reach("beads", retention.days),
    logs: reach("logs", retention.logDays),
    look: { steppedAtMs: nowMs, at: "logs", hasPruned: false, boundMs: null },
  };
}

interface Logged {
  fence: number;
  endedAtMs: number | null;
  known: number;
}

/** Those of the oldest runs, whose beads may be there for long. */
function pruneLogs(tx: Tx, pruning: Pruning, rows: Rows, { nowMs, settings: { retention } }: StepContext): Pruning {
  const { untilMs } = pruning.logs;
  if (retention.logDays === null) return { ...pruning, logs: unseen(pruning.logs), look: lookAt(0, pruning, nowMs) };
  const window = tx.all<Logged>(sql`WITH RECURSIVE f(fence) AS (
      SELECT min(fence) FROM attempt_logs
      UNION ALL SELECT (SELECT min(l.fence) FROM attempt_logs l WHERE l.fence > f.fence) FROM f WHERE f.fence IS NOT NULL LIMIT ${LOGS_A_STEP}
    ) SELECT f.fence, a.ended_at_ms AS endedAtMs, a.fence IS NOT NULL AS known
      FROM f LEFT JOIN attempts a ON a.fence = f.fence WHERE f.fence IS NOT NULL`);
  let oldestMs: number | null = null;
  let pruned = 0;
  for (const { fence, endedAtMs, known } of window) {
    const isOld = known === 0 || (endedAtMs !== null && endedAtMs <= untilMs);
    if (!isOld) oldestMs = earliest(oldestMs, endedAtMs ?? nowMs);
    else if (!rows.deleteAll("attempt_logs", sql`fence = ${fence}`)) break;
    else pruned++;
  }
  const more = rows.left === 0 || (pruned > 0 && window.length === LOGS_A_STEP);
  return { ...pruning, logs: { untilMs, oldestMs }, look: lookAt(more ? "logs" : 0, pruning, nowMs) };
}

/** While beads are kept for ever, their age is not read: what is left may be as old as what went last. */
const unseen = ({ untilMs, oldestMs }: Pruning["beads"]) => ({ untilMs, oldestMs: earliest(oldestMs, untilMs) });

const lookAt = (at: "logs" | number, { look }: Pruning, nowMs: number) => ({
  hasPruned: false,
  boundMs: null,
  ...look,
  steppedAtMs: nowMs,
  at,
});

/** What one bead says of its own age. */
interface Aged {
  id: string;
  seq: number;
  isOver: number;
  /** Since when the town has it: one that was imported may say that it is older. */
  hadMs: number;
  /** Since when it is over, and its convoy too. */
  overMs: number;
}

const importedMs = sql`CAST(CASE WHEN json_valid(b.metadata) THEN coalesce(json_extract(b.metadata, '$.bd.atMs'), 0) ELSE 0 END AS INTEGER)`;

const oldestBeads = (tx: Tx, after: number) =>
  tx.all<Aged>(sql`SELECT b.id, b.seq, b.status IN ('closed', 'cancelled') AS isOver, max(b.created_at_ms, ${importedMs}) AS hadMs,
      max(coalesce(b.closed_at_ms, b.updated_at_ms), ${importedMs}, coalesce(c.closed_at_ms, 0)) AS overMs
    FROM beads b LEFT JOIN convoys c ON c.id = b.convoy_id WHERE b.seq > ${after} ORDER BY b.seq LIMIT ${BEADS_A_STEP}`);

function pruneBeads(tx: Tx, before: Pruning, after: number, rows: Rows, { nowMs, settings }: StepContext): Pruning {
  if (settings.retention.days === null) return { ...before, beads: unseen(before.beads), look: null };
  const { untilMs } = before.beads;
  let { oldestMs } = before.beads;
  const look = lookAt(after, before, nowMs);
  const gone = { ...before.gone };
  const now = (under: Pruning["look"]): Pruning => ({ ...before, beads: { untilMs, oldestMs }, gone, look: under });
  const window = oldestBeads(tx, after);
  for (const { id, seq, isOver, overMs } of window) {
    if (rows.left === 0) return now(look);
    if (isOver === 1 && overMs > untilMs) oldestMs = earliest(oldestMs, overMs);
    else if (isOver === 1) {
      const bond = bondOf(tx, id, nowMs);
      if (bond === "alive") oldestMs = earliest(oldestMs, overMs);
      if (bond === "bound") look.boundMs = earliest(look.boundMs, overMs);
      if (bond === "free") {
        const { attempts, isGone } = removeBead(tx, id, rows, nowMs);
        gone.attempts += attempts;
        if (!isGone) return now(look);
        gone.beads++;
        gone.throughMs = Math.max(gone.throughMs ?? 0, overMs);
        look.hasPruned = true;
      }
    }
    look.at = seq;
  }
  const isLast = window.length < BEADS_A_STEP;
  if (!isLast && window.some(({ hadMs }) => hadMs <= untilMs)) return now(look);
  // What comes after these is not looked at, and no older than they are.
  if (!isLast) oldestMs = earliest(oldestMs, window.at(-1)?.hadMs);
  // What has just gone may have been what others were bound to; else they are freed by news.
  if (look.hasPruned) oldestMs = earliest(oldestMs, look.boundMs);
  const oldest = sql`rowid IN (SELECT rowid FROM convoys ORDER BY rowid LIMIT ${BEADS_A_STEP})`;
  removeConvoys(rows, sql`${oldest} AND closed_at_ms <= ${untilMs}`);
  rows.deleteSome("spending", sql`day < ${firstSpendingDay(nowMs)}`);
  return now(null);
}
