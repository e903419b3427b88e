import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";

/** Thrown into an incarnation that has died: from then on nothing it does reaches the world. */
export class Crash extends Error {
  override name = "Crash";
}

type Value = string | number | null | ArrayBuffer;

/**
 * The platform's `storage.sql` and `transactionSync` over `node:sqlite`: the part of it that the town uses.
 */
export class SimStorage {
  readonly #db = new DatabaseSync(":memory:");
  readonly #statements = new Map<string, StatementSync>();
  #depth = 0;
  readonly sql = {
    exec: (query: string, ...bindings: Value[]) => this.#exec(query, bindings),
  };

  /** As on the platform: synchronous, nestable, all or nothing. */
  transactionSync<T>(body: () => T): T {
    const depth = this.#depth++;
    this.#db.exec(depth === 0 ? "BEGIN" : `SAVEPOINT s${depth}`);
    try {
      const result = body();
      this.#db.exec(depth === 0 ? "COMMIT" : `RELEASE s${depth}`);
      return result;
    } catch (error) {
      this.#db.exec(depth === 0 ? "ROLLBACK" : `ROLLBACK TO s${depth}; RELEASE s${depth}`);
      throw error;
    } finally {
      this.#depth = depth;
    }
  }

  #exec(query: string, bindings: Value[]) {
    let statement = this.#statements.get(query);
    if (!statement) {
      statement = this.#db.prepare(query);
      statement.setReturnArrays(true); // a join has two columns of one name
      this.#statements.set(query, statement);
    }
    const rows = statement.all(...(bindings as SQLInputValue[])) as unknown as Value[][];
    const names = rows.length > 0 ? statement.columns().map(({ name }) => name) : [];
    const objects = () => rows.map((row) => Object.fromEntries(row.map((value, index) => [names[index], value])));
    return {
      toArray: objects,
      next: () => ({ done: rows.length === 0, value: objects()[0] }),
      raw: () => ({ toArray: () => rows }),
    };
  }
}

/** The tables as the migrations make them, in order. */
export function migrated(): SimStorage {
  const storage = new SimStorage();
  const folder = join(import.meta.dirname, "../migrations");
  for (const name of readdirSync(folder)
    .filter((file) => file.endsWith(".sql"))
    .sort())
    for (const statement of readFileSync(join(folder, name), "utf8").split("--> statement-breakpoint"))
      storage.sql.exec(statement);
  return storage;
}
