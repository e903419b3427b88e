import { storageTroubleOf } from "../lib/storage-trouble.ts";
import { messageOf } from "../lib/text.ts";
import { DeadlineError, withDeadline } from "../ports/deadline.ts";
import type { Clock } from "../ports/ports.ts";
import type { Watched, WatchMode } from "../reconciler/watch.ts";

/** A town is asked when it should have woken this long ago: the platform's alarms may be a few seconds late. */
const GRACE_MS = 15_000;
/** Towns that are in trouble are looked at this often. */
const AGAIN_MS = 30_000;
const ASK_DEADLINE_MS = 5_000;
/** Answers that may stay out before the operator is told: an object that is just moving answers the next time. */
const SILENCES = 3;
const BATCH = 60;
/** Connections of one invocation. */
const AT_ONCE = 6;
const HOUR_MS = 3_600_000;

type Row = {
  town: string;
  due_ms: number;
  unanswered: number;
  /** Times of restarts within the last hour, JSON. */
  restarts: string;
  escalated: number;
  trouble: string | null;
};

export interface Trouble {
  town: string;
  trouble: string | null;
  unanswered: number;
  restarts: number;
  escalated: boolean;
}

export interface LookoutPorts {
  mode: WatchMode;
  restartsPerHour: number;
  clock: Clock;
  /** Asks a town how it is, which pokes it. Null: there is no such town. */
  ask(town: string): Promise<Watched | null>;
  /** Ends a town's object, which goes on from its rows. May never answer: it dies of it. */
  restart(town: string): Promise<void>;
  log(line: string): void;
}

/**
 * Looks after towns from outside: one that should have woken and did not is asked how it is, poked, or restarted. It
 * decides nothing about their work, and holds nothing that can't be lost. The Watchtower object is its shell.
 */
export class Lookout {
  readonly #sql: Pick<SqlStorage, "exec">;
  readonly #ports: LookoutPorts;

  constructor(sql: Pick<SqlStorage, "exec">, ports: LookoutPorts) {
    this.#sql = sql;
    this.#ports = ports;
    this.#sql.exec(`CREATE TABLE IF NOT EXISTS towns (
      town TEXT PRIMARY KEY, due_ms INTEGER NOT NULL, unanswered INTEGER NOT NULL DEFAULT 0,
      restarts TEXT NOT NULL DEFAULT '[]', escalated INTEGER NOT NULL DEFAULT 0, trouble TEXT)`);
    this.#sql.exec("CREATE INDEX IF NOT EXISTS towns_due ON towns (due_ms)");
  }

  /** A town says when it wakes next. */
  expect(town: string, atMs: number): void {
    this.#sql.exec(
      "INSERT INTO towns (town, due_ms) VALUES (?, ?) ON CONFLICT (town) DO UPDATE SET due_ms = min(due_ms, excluded.due_ms)",
      town,
      atMs,
    );
  }

  /** When to look around next; null: no town is expected. */
  get nextMs(): number | null {
    const [row] = this.#sql.exec<{ at: number | null }>("SELECT min(due_ms) AS at FROM towns").toArray();
    return row?.at == null ? null : row.at + GRACE_MS;
  }

  /** Looks at every town that is overdue. Never rejects for a town's sake. */
  async lookAround(): Promise<void> {
    const nowMs = this.#ports.clock.now();
    const overdue = this.#sql
      .exec<Row>("SELECT * FROM towns WHERE due_ms <= ? ORDER BY due_ms LIMIT ?", nowMs - GRACE_MS, BATCH)
      .toArray();
    for (let from = 0; from < overdue.length; from += AT_ONCE)
      await Promise.allSettled(overdue.slice(from, from + AT_ONCE).map((row) => this.#lookAt(row)));
  }

  /** The towns that are in trouble, for people. */
  troubles(): Trouble[] {
    const rows = this.#sql.exec<Row>("SELECT * FROM towns WHERE trouble IS NOT NULL ORDER BY town LIMIT 200").toArray();
    return rows.map(({ town, trouble, unanswered, restarts, escalated }) => {
      const { length } = JSON.parse(restarts) as number[];
      return { town, trouble, unanswered, restarts: length, escalated: escalated === 1 };
    });
  }

  async #lookAt(row: Row): Promise<void> {
    const { mode, clock } = this.#ports;
    let seen: Watched | null;
    try {
      seen = await this.#ask(row.town);
    } catch (error) {
      this.#unanswered(row, error);
      return;
    }
    const nowMs = clock.now();
    if (seen === null) this.#forget(row.town);
    else if (seen.stale && seen.inFlight && mode === "heal") await this.#restart(row, nowMs);
    else if (seen.stale) this.#trouble(row.town, nowMs, "stale");
    // Nothing is due, or it hangs and may yet come back: a town that sleeps is forgotten, one that does not is kept in view.
    else if (seen.wakeAtMs === null && !seen.inFlight) this.#forget(row.town);
    else
      this.#sql.exec(
        "UPDATE towns SET due_ms = ?, unanswered = 0, escalated = 0, trouble = NULL WHERE town = ?",
        Math.max(seen.wakeAtMs ?? nowMs, nowMs),
        row.town,
      );
  }

  #ask(town: string): Promise<Watched | null> {
    return withDeadline(() => this.#ports.ask(town), ASK_DEADLINE_MS, this.#ports.clock);
  }

  #unanswered({ town, unanswered }: Row, error: unknown): void {
    const why = error instanceof DeadlineError ? "nothing within 5 s" : messageOf(error);
    // Whose storage fails says so itself.
    if (unanswered + 1 === SILENCES && storageTroubleOf(error) === null)
      this.#ports.log(`UNKNOWN: town ${town} does not answer (${why}). Look at its logs.`);
    this.#sql.exec("UPDATE towns SET unanswered = unanswered + 1 WHERE town = ?", town);
    this.#trouble(town, this.#ports.clock.now(), `no answer: ${why}`);
  }

  /** In flight past its threshold: its object is aborted, and the next one goes on from rows. The fence makes it safe. */
  async #restart({ town, restarts, escalated }: Row, nowMs: number): Promise<void> {
    const { restartsPerHour, clock, log } = this.#ports;
    const recent = (JSON.parse(restarts) as number[]).filter((atMs) => nowMs - atMs < HOUR_MS);
    if (recent.length >= restartsPerHour) {
      if (escalated === 0)
        log(`ESCALATED: town ${town} was restarted ${recent.length} times within an hour and is stale again.`);
      this.#sql.exec("UPDATE towns SET escalated = 1 WHERE town = ?", town);
      this.#trouble(town, nowMs, "stale again after every restart of this hour");
      return;
    }
    this.#sql.exec("UPDATE towns SET restarts = ? WHERE town = ?", JSON.stringify([...recent, nowMs]), town);
    this.#trouble(town, nowMs, "restarted");
    // It dies of it, so it can't answer. The next request wakes it; let that be ours.
    await withDeadline(() => this.#ports.restart(town), ASK_DEADLINE_MS, clock).catch(() => null);
    await this.#ask(town).catch(() => null);
  }

  #trouble(town: string, nowMs: number, trouble: string): void {
    const dueMs = nowMs + AGAIN_MS - GRACE_MS;
    this.#sql.exec("UPDATE towns SET due_ms = ?, trouble = ? WHERE town = ?", dueMs, trouble, town);
  }

  #forget(town: string): void {
    this.#sql.exec("DELETE FROM towns WHERE town = ?", town);
  }
}
