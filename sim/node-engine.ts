import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import type { SqlEngine, Value } from "./engine.ts";
import { Answer, KeptAnswers } from "./kept-answers.ts";
import { type Uses, usesOf } from "./uses.ts";

/** The platform takes no longer value. */
const MOST_CHARS = 2_000_000;

interface Known {
  statement: StatementSync;
  names: string[] | null;
  uses: Uses;
}

/** A database and the statements that it has compiled. */
class Core {
  readonly db = new DatabaseSync(":memory:");
  readonly statements = new Map<string, Known>();
  readonly commands = new Map<string, StatementSync>();
}

/** The platform's `storage.sql` and `transactionSync` over `node:sqlite`, in memory. */
export class NodeEngine implements SqlEngine {
  #core: Core | null;
  readonly #closed: (core: Core) => void;
  #depth = 0;
  readonly #kept = new KeptAnswers();
  readonly sql = { exec: (query: string, ...bindings: Value[]) => this.#exec(query, bindings) };
  readonly looks = { exec: (query: string, ...bindings: Value[]) => this.#look(query, bindings) };

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
    if (depth === 0) this.#kept.begun();
    this.#do(depth === 0 ? "BEGIN" : `SAVEPOINT s${depth}`);
    try {
      const result = body();
      this.#do(depth === 0 ? "COMMIT" : `RELEASE s${depth}`);
      return result;
    } catch (error) {
      this.#kept.rolledBack();
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

  #exec(query: string, bindings: Value[]): Answer {
    return this.#run(this.#known(query), bindings);
  }

  #look(query: string, bindings: Value[]): Answer {
    const known = this.#known(query);
    return this.#kept.answer(known.uses, bindings, () => this.#run(known, bindings));
  }

  #known(query: string): Known {
    const { db, statements } = this.#open;
    let known = statements.get(query);
    if (!known) {
      const statement = db.prepare(query);
      statement.setReturnArrays(true); // a join has two columns of one name
      known = { statement, names: null, uses: usesFor(query) };
      statements.set(query, known);
    }
    return known;
  }

  #run(known: Known, bindings: Value[]): Answer {
    for (const value of bindings)
      if (typeof value === "string" && value.length > MOST_CHARS)
        throw new Error("string or blob too big: SQLITE_TOOBIG");
    this.#kept.runs(known.uses);
    const rows = known.statement.all(...(bindings as SQLInputValue[])) as unknown as Value[][];
    if (rows.length > 0) known.names ??= known.statement.columns().map(({ name }) => name);
    return new Answer(known.names ?? [], rows);
  }
}

const FOLDER = join(import.meta.dirname, "../migrations");

function migrate(db: DatabaseSync): DatabaseSync {
  for (const name of readdirSync(FOLDER)
    .filter((file) => file.endsWith(".sql"))
    .sort())
    for (const statement of readFileSync(join(FOLDER, name), "utf8").split("--> statement-breakpoint"))
      db.exec(statement);
  return db;
}

/** To watch how a statement is compiled has all others of its database compiled anew, so that is done beside those that run. */
let scribe: DatabaseSync | null = null;
const uses = new Map<string, Uses>();

function usesFor(query: string): Uses {
  let known = uses.get(query);
  if (!known) {
    scribe ??= migrate(new DatabaseSync(":memory:"));
    known = usesOf(scribe, query);
    uses.set(query, known);
  }
  return known;
}

const schemaOf = ({ sql }: Pick<SqlEngine, "sql">): string =>
  JSON.stringify(sql.exec("SELECT type, name, sql FROM sqlite_master ORDER BY type, name").toArray());

/** The tables as the migrations have made them, empty, and what their database has compiled: the next world has it at once. */
const spare: { core: Core; schema: string }[] = [];
const MOST_SPARE = 4;

/** An engine with the tables as the migrations make them, in order. */
export function nodeEngine(): NodeEngine {
  const next = spare.pop();
  if (next) return new NodeEngine(next.core, (core) => keep(core, next.schema));
  const core = new Core();
  migrate(core.db);
  const schema = schemaOf(new NodeEngine(core));
  return new NodeEngine(core, () => keep(core, schema));
}

/** Emptied, unless a world has left more behind than rows and triggers. */
function keep(core: Core, schema: string): void {
  const { sql } = new NodeEngine(core);
  const names = (type: string) =>
    sql.exec("SELECT name FROM sqlite_master WHERE type = ? AND name NOT LIKE 'sqlite_stat%'", type).toArray();
  for (const { name } of names("trigger")) sql.exec(`DROP TRIGGER "${name}"`);
  if (spare.length >= MOST_SPARE || schemaOf({ sql }) !== schema) {
    core.db.close();
    return;
  }
  sql.exec("PRAGMA foreign_keys = OFF");
  for (const { name } of names("table")) sql.exec(`DELETE FROM "${name}"`);
  sql.exec("PRAGMA foreign_keys = ON");
  spare.push({ core, schema });
}
