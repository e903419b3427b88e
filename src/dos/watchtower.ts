import { DurableObject } from "cloudflare:workers";
import { messageOf } from "../lib/text.ts";
import type { Env } from "./env.ts";
import type { Watched } from "./town.ts";

/** A town is asked when it should have woken this long ago: the platform's alarms may be a few seconds late. */
const GRACE_MS = 15_000;
/** Towns that are in trouble are looked at this often. */
const AGAIN_MS = 30_000;
const ASK_DEADLINE_MS = 5_000;
const BATCH = 60;
/** Connections of one invocation. */
const AT_ONCE = 6;
const HOUR_MS = 3_600_000;

type Mode = "heal" | "detect" | "off";

type Row = {
  town: string;
  due_ms: number;
  unanswered: number;
  /** Times of restarts within the last hour, JSON. */
  restarts: string;
  escalated: number;
  trouble: string | null;
};

/**
 * Looks after the towns of its shard from outside: one that should have woken and did not is asked how it is, poked, or
 * restarted. It decides nothing about their work, and holds nothing that can't be lost.
 */
export class Watchtower extends DurableObject<Env> {
  readonly #sql: SqlStorage;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#sql.exec(`CREATE TABLE IF NOT EXISTS towns (
      town TEXT PRIMARY KEY, due_ms INTEGER NOT NULL, unanswered INTEGER NOT NULL DEFAULT 0,
      restarts TEXT NOT NULL DEFAULT '[]', escalated INTEGER NOT NULL DEFAULT 0, trouble TEXT)`);
    this.#sql.exec("CREATE INDEX IF NOT EXISTS towns_due ON towns (due_ms)");
  }

  /** A town says when it wakes next. */
  async expect(town: string, atMs: number): Promise<void> {
    if (this.#mode === "off") return;
    this.#sql.exec(
      "INSERT INTO towns (town, due_ms) VALUES (?, ?) ON CONFLICT (town) DO UPDATE SET due_ms = min(due_ms, excluded.due_ms)",
      town,
      atMs,
    );
    await this.#arm();
  }

  override async alarm(): Promise<void> {
    await this.watch();
  }

  /** Called by its own alarm, and by cron in case that was lost. */
  async watch(): Promise<void> {
    try {
      if (this.#mode !== "off") await this.#lookAround(Date.now());
    } catch (error) {
      console.error("the watchtower could not look around:", messageOf(error));
    }
    await this.#arm();
  }

  /** The towns that are in trouble, for people. */
  troubles(): { town: string; trouble: string | null; unanswered: number; restarts: number; escalated: boolean }[] {
    const rows = this.#sql.exec<Row>("SELECT * FROM towns WHERE trouble IS NOT NULL ORDER BY town LIMIT 200").toArray();
    return rows.map(({ town, trouble, unanswered, restarts, escalated }) => {
      const { length } = JSON.parse(restarts) as number[];
      return { town, trouble, unanswered, restarts: length, escalated: escalated === 1 };
    });
  }

  get #mode(): Mode {
    const { WATCHTOWER_MODE: mode } = this.env;
    return mode === "detect" || mode === "off" ? mode : "heal";
  }

  async #arm(): Promise<void> {
    const next = this.#sql.exec<{ at: number | null }>("SELECT min(due_ms) AS at FROM towns").one().at;
    if (next === null || this.#mode === "off") await this.ctx.storage.deleteAlarm();
    else await this.ctx.storage.setAlarm(Math.max(next + GRACE_MS, Date.now() + 1_000));
  }

  async #lookAround(nowMs: number): Promise<void> {
    const overdue = this.#sql
      .exec<Row>("SELECT * FROM towns WHERE due_ms <= ? ORDER BY due_ms LIMIT ?", nowMs - GRACE_MS, BATCH)
      .toArray();
    for (let from = 0; from < overdue.length; from += AT_ONCE)
      await Promise.allSettled(overdue.slice(from, from + AT_ONCE).map((row) => this.#lookAt(row, nowMs)));
  }

  async #lookAt(row: Row, nowMs: number): Promise<void> {
    let seen: Watched | null;
    try {
      seen = await within(ASK_DEADLINE_MS, this.env.TOWN.getByName(row.town).watched(this.#mode));
    } catch (error) {
      this.#unanswered(row, nowMs, messageOf(error));
      return;
    }
    if (!seen) this.#forget(row.town);
    else if (seen.stale && seen.inFlight && this.#mode === "heal") await this.#restart(row, nowMs);
    else if (seen.stale) this.#trouble(row.town, nowMs + AGAIN_MS, "stale");
    else if (seen.wakeAtMs === null) this.#forget(row.town);
    else
      this.#sql.exec(
        "UPDATE towns SET due_ms = ?, unanswered = 0, escalated = 0, trouble = NULL WHERE town = ?",
        Math.max(seen.wakeAtMs, nowMs),
        row.town,
      );
  }

  #unanswered({ town, unanswered }: Row, nowMs: number, why: string): void {
    if (unanswered === 2) console.error(`UNKNOWN: town ${town} does not answer (${why}). Look at its logs.`);
    this.#sql.exec("UPDATE towns SET unanswered = unanswered + 1 WHERE town = ?", town);
    this.#trouble(town, nowMs + AGAIN_MS, `no answer: ${why}`);
  }

  /** In flight past its threshold: its object is aborted, and the next one goes on from rows. The fence makes it safe. */
  async #restart({ town, restarts, escalated }: Row, nowMs: number): Promise<void> {
    const recent = (JSON.parse(restarts) as number[]).filter((atMs) => nowMs - atMs < HOUR_MS);
    if (recent.length >= Number(this.env.WATCHTOWER_RESTARTS_PER_HOUR ?? 3)) {
      if (!escalated)
        console.error(
          `ESCALATED: town ${town} was restarted ${recent.length} times within an hour and is stale again.`,
        );
      this.#sql.exec("UPDATE towns SET escalated = 1 WHERE town = ?", town);
      this.#trouble(town, nowMs + AGAIN_MS, "stale again after every restart of this hour");
      return;
    }
    this.#sql.exec("UPDATE towns SET restarts = ? WHERE town = ?", JSON.stringify([...recent, nowMs]), town);
    this.#trouble(town, nowMs + AGAIN_MS, "restarted");
    const stub = this.env.TOWN.getByName(town);
    await within(ASK_DEADLINE_MS, stub.restart()).catch(() => null); // it dies of it, so it can't answer
    // Whoever touches it next wakes it; let that be us.
    await within(ASK_DEADLINE_MS, this.env.TOWN.getByName(town).watched(this.#mode)).catch(() => null);
  }

  #trouble(town: string, dueMs: number, trouble: string): void {
    this.#sql.exec("UPDATE towns SET due_ms = ?, trouble = ? WHERE town = ?", dueMs - GRACE_MS, trouble, town);
  }

  #forget(town: string): void {
    this.#sql.exec("DELETE FROM towns WHERE town = ?", town);
  }
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
