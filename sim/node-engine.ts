import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import type { Rows, SqlEngine, Value } from "./engine.ts";

/** The platform takes no longer value. */
const MOST_CHARS = 2_000_000;

/** A database and the statements that it has compiled. */
class Core {
  readonly db = new DatabaseSync(":memory:");
  readonly statements = new Map<string, { statement: StatementSync; names: string[] | null }>();
  readonly commands = new Map<string, StatementSync>();
}

/** The platform's `storage.sql` and `transactionSync` over `node:sqlite`, in memory. */
export class NodeEngine implements SqlEngine {
  #core: Core | null;
  readonly #closed: (core: Core) => void;
  #depth = 0;
  readonly sql = { exec: (query: string, ...bindings: Value[]) => this.#exec(query, bindings) };

  /** @param closed what becomes of its database; it is closed for good if left out */
  constructor(core = new Core(), closed = (of: Core): void => of.db.close()) {
    this.#core = core;
    this.#closed = closed;
  }

  get #open(): Core {
    if (!this.#core) throw new Error("the engine is closed");
    return this.#core;
  }

  transactionSync<T>(body: () => T): T {
    const depth = this.#depth++;
    this.#do(depth === 0 ? "BEGIN" : `SAVEPOINT s${depth}`);
    try {
      const result = body();
      this.#do(depth === 0 ? "COMMIT" : `RELEASE s${depth}`);
      return result;
    } catch (error) {
      if (depth > 0) this.#do(`ROLLBACK TO s${depth}`);
      this.#do(depth === 0 ? "ROLLBACK" : `RELEASE s${depth}`);
      throw error;
    } finally {
      this.#depth = depth;
    }
  }

  /** Databases live outside the heap, so the collector sees no reason to hurry: thousands of worlds would fill the memory. */
  close(): void {
    const core = this.#open;
    this.#core = null;
    this.#closed(core);
  }

  /** Begins and ends come by the million: they are compiled once. */
  #do(command: string): void {
    const { db, commands } = this.#open;
    let statement = commands.get(command);
    if (!statement) {
      statement = db.prepare(command);
      commands.set(command, statement);
    }
    statement.run();
  }

  #exec(query: string, bindings: Value[]): Rows {
    const { db, statements } = this.#open;
    for (const value of bindings)
      if (typeof value === "string" && value.length > MOST_CHARS)
        throw new Error("string or blob too big: SQLITE_TOOBIG");
    let known = statements.get(query);
    if (!known) {
      const statement = db.prepare(query);
      statement.setReturnArrays(true); // a join has two columns of one name
      known = { statement, names: null };
      statements.set(query, known);
    }
    const rows = known.statement.all(...(bindings as SQLInputValue[])) as unknown as Value[][];
    if (rows.length > 0) known.names ??= known.statement.columns().map(({ name }) => name);
    const names = known.names ?? [];
    const objects = () =>
      rows.map((row) => {
        const object: Record<string, Value> = {};
        for (let index = 0; index < names.length; index++) object[names[index] as string] = row[index] as Value;
        return object;
      });
    return {
      columnNames: names,
      toArray: objects,
      next: () => (rows.length === 0 ? { done: true } : { done: false, value: objects()[0] as Record<string, Value> }),
      raw: () => ({ toArray: () => rows }),
    };
  }
}

const schemaOf = ({ sql }: SqlEngine): string =>
  JSON.stringify(sql.exec("SELECT type, name, sql FROM sqlite_master ORDER BY type, name").toArray());

/** The tables as the migrations have made them, empty, and what their database has compiled: the next world has it at once. */
const spare: { core: Core; schema: string }[] = [];
const MOST_SPARE = 4;

/** An engine with the tables as the migrations make them, in order. */
export function nodeEngine(): NodeEngine {
  const next = spare.pop();
  if (next) return new NodeEngine(next.core, (core) => keep(core, next.schema));
  const core = new Core();
  let schema = "";
  const engine = new NodeEngine(core, () => keep(core, schema));
  const folder = join(import.meta.dirname, "../migrations");
  for (const name of readdirSync(folder)
    .filter((file) => file.endsWith(".sql"))
    .sort())
    for (const statement of readFileSync(join(folder, name), "utf8").split("--> statement-breakpoint"))
      engine.sql.exec(statement);
  schema = schemaOf(engine);
  return engine;
}

/** Emptied, unless a world has left more behind than rows and triggers. */
function keep(core: Core, schema: string): void {
  const { sql } = new NodeEngine(core);
  const names = (type: string) =>
    sql.exec("SELECT name FROM sqlite_master WHERE type = ? AND name NOT LIKE 'sqlite_stat%'", type).toArray();
  for (const { name } of names("trigger")) sql.exec(`DROP TRIGGER "${name}"`);
  if (spare.length >= MOST_SPARE || schemaOf({ sql } as SqlEngine) !== schema) {
    core.db.close();
    return;
  }
  sql.exec("PRAGMA foreign_keys = OFF");
  for (const { name } of names("table")) sql.exec(`DELETE FROM "${name}"`);
  sql.exec("PRAGMA foreign_keys = ON");
  spare.push({ core, schema });
}
