/**
 * Drizzle's session over an object's storage, with one thing of its own: which value goes where is found out once for each query.
 * Drizzle does so anew for each parameter and each value of each row, which takes longer than the statement itself.
 */
import { Column, is, NoopLogger, Param, Placeholder, type Query, type SQL } from "drizzle-orm";
import { SQLiteDOPreparedQuery, SQLiteDOSession } from "drizzle-orm/durable-sqlite";
import {
  type AnySQLiteColumn,
  type PreparedQueryConfig,
  type SQLiteSyncDialect,
  SQLiteTransaction,
} from "drizzle-orm/sqlite-core";
import { messageOf } from "../lib/text.ts";
import type { Storage } from "./noting.ts";

type Schema = Record<string, never>;
type Prepare = SQLiteDOSession<Schema, Schema>["prepareQuery"];
type Fields = NonNullable<Parameters<Prepare>[1]>;
type Config = Omit<PreparedQueryConfig, "run">;
type Given = Record<string, unknown>;

/** Where one parameter comes from: a name that each call gives a value, and how that is stored. Null is null in every column. */
interface Slot {
  name: string;
  encode: ((value: unknown) => unknown) | null;
}

/** One column of an answer. `decode`: null where the stored value is the value. */
interface Cell {
  key: string;
  decode: ((value: unknown) => unknown) | null;
}

/** A statement, and all that is known of it before it is run. */
interface Compiled {
  query: Query;
  fields: Fields | undefined;
  method: Parameters<Prepare>[2];
  /** By place. Null: the value stands in `query.params`. */
  slots: readonly (Slot | null)[];
  cells: readonly Cell[] | null;
  /** The same with each row as JSON in one column, where that can be said. */
  json: string | null;
  /** Of its columns, once it has answered; none, where a row as an object would not have each of them. */
  names?: readonly string[];
}

const distinct = (names: readonly string[]) => (new Set(names).size === names.length ? names : []);

function slotOf(param: unknown): Slot | null {
  if (is(param, Placeholder)) return { name: param.name, encode: null };
  if (!is(param, Param) || !is(param.value, Placeholder)) return null;
  const { encoder } = param;
  return { name: param.value.name, encode: (value) => encoder.mapToDriverValue(value) };
}

/** Columns alone are decoded: nothing that is written in SQL has a decoder of its own (`mapWith`), as test/tree sees to. */
function cellOf({ path: [key = ""], field }: Fields[number]): Cell {
  const decodes = is(field, Column) && field.mapFromDriverValue !== Column.prototype.mapFromDriverValue;
  return { key, decode: decodes ? (value) => field.mapFromDriverValue(value) : null };
}

/** What the one column of a row as JSON is called. */
const ROW = "row";

/** Each part has columns of its own. */
const SEVERAL = / (union|intersect|except) /i;

/**
 * Null where it asks for more than columns. workerd makes a name and a handle for each column of each answer, and what it makes for
 * rows as arrays (`raw`) outlives the next collection: a row of forty columns takes a third longer so, and collections take
 * several times as long.
 */
function asJson(sql: string, fields: Fields = []): string | null {
  if (fields.length < 2 || !fields.every(({ field }) => is(field, Column)) || SEVERAL.test(sql)) return null;
  const columns = fields.map(({ field }) => `"${(field as Column).name}"`).join(", ");
  const row = `json_array(${columns}) as "${ROW}"`;
  const [select, returning] = [`select ${columns} from `, ` returning ${columns}`];
  if (sql.startsWith(select)) return `select ${row} from ${sql.slice(select.length)}`;
  return sql.endsWith(returning) ? `${sql.slice(0, -returning.length)} returning ${row}` : null;
}

/** A query whose answers are rows without rows in them, for one database. */
export class FlatQuery extends SQLiteDOPreparedQuery {
  readonly #storage: Storage;
  readonly #compiled: Compiled;

  constructor(storage: Storage, compiled: Compiled) {
    super(storage as never, compiled.query, new NoopLogger(), compiled.fields, compiled.method, false);
    this.#storage = storage;
    this.#compiled = compiled;
  }

  /** The same query of another database. */
  on(storage: Storage): FlatQuery {
    return new FlatQuery(storage, this.#compiled);
  }

  override run(given?: Given): void {
    this.#exec(given);
  }

  override all(given?: Given): unknown[] {
    const { cells } = this.#compiled;
    return cells ? this.#rows(given).map((row) => rowOf(cells, row)) : this.#exec(given).toArray();
  }

  override get(given?: Given): unknown {
    const { cells } = this.#compiled;
    if (!cells) return this.#exec(given).next().value;
    const [row] = this.#rows(given);
    return row && rowOf(cells, row);
  }

  override values(given?: Given): unknown[][] {
    return this.#exec(given).raw().toArray();
  }

  /** Values in the order of the columns. */
  #rows(given?: Given): unknown[][] {
    const { json } = this.#compiled;
    if (json)
      try {
        return this.#exec(given, json)
          .toArray()
          .map(({ [ROW]: row }) => JSON.parse(row as string));
      } catch (error) {
        // A column of ours holds bytes only where something has spoilt its row.
        if (!messageOf(error).includes("BLOB")) throw error;
      }
    const cursor = this.#exec(given);
    this.#compiled.names ??= distinct(cursor.columnNames);
    const { names } = this.#compiled;
    if (names.length === 0) return cursor.raw().toArray();
    return cursor.toArray().map((row) => names.map((name) => row[name]));
  }

  #exec(given: Given = {}, text = this.#compiled.query.sql) {
    const { query, slots } = this.#compiled;
    if (slots.length === 0) return this.#storage.sql.exec(text);
    const params = query.params.slice();
    for (let index = 0; index < slots.length; index++) {
      const slot = slots[index];
      if (!slot) continue;
      const { name, encode } = slot;
      if (!(name in given)) throw new Error(`No value for placeholder "${name}" was provided`);
      const value = given[name];
      params[index] = encode === null || value === null ? value : encode(value);
    }
    return this.#storage.sql.exec(text, ...params);
  }
}

function rowOf(cells: readonly Cell[], row: readonly unknown[]): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (let index = 0; index < cells.length; index++) {
    const { key, decode } = cells[index] as Cell;
    const value = row[index];
    object[key] = decode === null || value === null ? value : decode(value);
  }
  return object;
}

class TownTransaction extends SQLiteTransaction<"sync", never, Schema, Schema> {}

export class TownSession extends SQLiteDOSession<Schema, Schema> {
  readonly storage: Storage;
  readonly #dialect: SQLiteSyncDialect;
  /** Savepoints nest by the storage's own count, so one stands for all, where Drizzle makes one or two for each. */
  readonly #tx: TownTransaction;

  constructor(storage: Storage, dialect: SQLiteSyncDialect) {
    super(storage as never, dialect, undefined);
    this.storage = storage;
    this.#dialect = dialect;
    this.#tx = new TownTransaction("sync", dialect, this as never, undefined);
  }

  override transaction<T>(body: (tx: never) => T): T {
    return this.storage.transactionSync(() => body(this.#tx as never));
  }

  /** What has rows in its rows, as a join without a choice of columns, stays Drizzle's. */
  override prepareQuery<T extends Config>(...given: Parameters<Prepare>): SQLiteDOPreparedQuery<T> {
    const [query, fields, method, , mapper] = given;
    if (mapper || fields?.some(({ path }) => path.length !== 1)) return super.prepareQuery<T>(...given);
    const compiled = {
      query,
      fields,
      method,
      slots: query.params.map(slotOf),
      cells: fields?.map(cellOf) ?? null,
      json: asJson(query.sql, fields),
    };
    return new FlatQuery(this.storage, compiled) as unknown as SQLiteDOPreparedQuery<T>;
  }

  /** What no builder of Drizzle's says: SQL, and the columns that it answers with, in this order. */
  flat(text: SQL, wanted: Record<string, AnySQLiteColumn>): FlatQuery {
    const cells = Object.entries(wanted).map(([key, column]) => cellOf({ path: [key], field: column }));
    const query = this.#dialect.sqlToQuery(text);
    return new FlatQuery(this.storage, {
      query,
      method: "all",
      fields: undefined,
      slots: query.params.map(slotOf),
      cells,
      json: null,
    });
  }
}
