import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import type { Rows, SqlEngine, Value } from "./engine.ts";

/** The platform takes no longer value. */
const MOST_CHARS = 2_000_000;

/** The platform's `storage.sql` and `transactionSync` over `node:sqlite`, in memory. */
export class NodeEngine implements SqlEngine {
  readonly #db = new DatabaseSync(":memory:");
  readonly #statements = new Map<string, { statement: StatementSync; names: string[] | null }>();
  readonly #commands = new Map<string, StatementSync>();
  #depth = 0;
  readonly sql = { exec: (query: string, ...bindings: Value[]) => this.#exec(query, bindings) };

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
    this.#statements.clear();
    this.#commands.clear();
    this.#db.close();
  }

  /** Begins and ends come by the million: they are compiled once. */
  #do(command: string): void {
    let statement = this.#commands.get(command);
    if (!statement) {
      statement = this.#db.prepare(command);
      this.#commands.set(command, statement);
    }
    statement.run();
  }

  #exec(query: string, bindings: Value[]): Rows {
    for (const value of bindings)
      if (typeof value === "string" && value.length > MOST_CHARS)
        throw new Error("string or blob too big: SQLITE_TOOBIG");
    let known = this.#statements.get(query);
    if (!known) {
      const statement = this.#db.prepare(query);
      statement.setReturnArrays(true); // a join has two columns of one name
      known = { statement, names: null };
      this.#statements.set(query, known);
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

/** An engine with the tables as the migrations make them, in order. */
export function nodeEngine(): NodeEngine {
  const engine = new NodeEngine();
  const folder = join(import.meta.dirname, "../migrations");
  for (const name of readdirSync(folder)
    .filter((file) => file.endsWith(".sql"))
    .sort())
    for (const statement of readFileSync(join(folder, name), "utf8").split("--> statement-breakpoint"))
      engine.sql.exec(statement);
  return engine;
}
