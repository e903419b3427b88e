import type { Env } from "../../src/dos/env.ts";
import { TownDO } from "../../src/dos/town.ts";
import type { Cost, Scan, Statement } from "./costs.ts";

type Cursor = Pick<SqlStorageCursor<Record<string, SqlStorageValue>>, "rowsRead" | "rowsWritten">;

interface Log {
  ran: { sql: string; cursor: Cursor }[];
  alarms: number;
}

/** `events` has only what could not be applied, `effects` only what is under way, `agents` and `rigs` what somebody has added. */
const GROWING =
  /^SCAN (beads|attempts|attempt_logs|bead_notes|bead_dependencies|convoys|incidents|ticks|spending|[abdtx])\b/;
const PARTIAL =
  /USING (COVERING )?INDEX (attempts_live_|beads_(ready|blocked|review|waiting|spinning|reworked|held|parked|records)|events_due|incidents_open)/;

/** By the storage that was used: other objects share the isolate. */
const logs = new WeakMap<object, Log>();

/** By object, for all its incarnations: one that sleeps is begun anew when it wakes. */
const logsByObject = new Map<string, Log>();

/** Once per isolate: every statement of every object goes through these two, and is counted where somebody counts. */
function tap(storage: DurableObjectStorage): void {
  const sqlType = Object.getPrototypeOf(storage.sql) as SqlStorage & { tapped?: true };
  if (sqlType.tapped) return;
  sqlType.tapped = true;
  const { exec } = sqlType;
  sqlType.exec = function (this: SqlStorage, sql: string, ...bindings: unknown[]) {
    const cursor = exec.call(this, sql, ...bindings);
    logs.get(this)?.ran.push({ sql, cursor });
    return cursor;
  } as SqlStorage["exec"];
  const storageType = Object.getPrototypeOf(storage) as DurableObjectStorage;
  for (const name of ["setAlarm", "deleteAlarm"] as const) {
    const original = storageType[name] as (...given: unknown[]) => Promise<void>;
    storageType[name] = function (this: DurableObjectStorage, ...given: unknown[]) {
      const log = logs.get(this.sql);
      if (log) log.alarms++;
      return original.apply(this, given);
    };
  }
}

/** The town as it is, with every statement counted that it runs, in passes and outside of them. */
export class CountedTown extends TownDO {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    tap(ctx.storage);
    logs.set(ctx.storage.sql, this.#log);
  }

  get #log(): Log {
    const id = this.ctx.id.toString();
    const log = logsByObject.get(id) ?? { ran: [], alarms: 0 };
    logsByObject.set(id, log);
    return log;
  }

  /** Looks at everything, as if something were due. */
  force(): void {
    this.loop?.tick();
  }

  /** Runs SQL of the benchmark's own, uncounted. */
  run(sql: string, ...bindings: SqlStorageValue[]): Record<string, SqlStorageValue>[] {
    logs.delete(this.ctx.storage.sql);
    const found = this.ctx.storage.sql.exec(sql, ...bindings).toArray();
    logs.set(this.ctx.storage.sql, this.#log);
    return found;
  }

  /** Runs statements in one transaction, counted. */
  transact(statements: readonly string[]): void {
    this.ctx.storage.transactionSync(() => {
      for (const sql of statements) this.ctx.storage.sql.exec(sql).toArray();
    });
  }

  /** What was run since the last call. */
  take(): { cost: Cost; statements: Statement[] } {
    const { ran, alarms } = this.#log;
    logsByObject.delete(this.ctx.id.toString());
    logs.set(this.ctx.storage.sql, this.#log);
    const cost: Cost = { read: 0, written: 0, statements: ran.length, alarms };
    const byText = new Map<string, Statement>();
    for (const { sql, cursor } of ran) {
      const known = byText.get(sql) ?? { sql, runs: 0, read: 0, written: 0 };
      byText.set(sql, known);
      known.runs++;
      known.read += cursor.rowsRead;
      known.written += cursor.rowsWritten;
      cost.read += cursor.rowsRead;
      cost.written += cursor.rowsWritten;
    }
    return { cost, statements: [...byText.values()] };
  }

  /** Of these statements, what walks through tables that grow. Partial indexes hold only what is under way. */
  scansOf(statements: readonly string[]): Scan[] {
    return statements.flatMap((sql) => {
      const slots = sql.split("?").length - 1;
      const plan = this.run(`EXPLAIN QUERY PLAN ${sql}`, ...Array.from({ length: slots }, () => null));
      return plan
        .map(({ detail }) => String(detail))
        .filter((step) => GROWING.test(step) && !PARTIAL.test(step))
        .map((step) => ({ sql, step }));
    });
  }

  databaseBytes(): number {
    return this.ctx.storage.sql.databaseSize;
  }
}
