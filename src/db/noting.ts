/**
 * What a transaction changes that people see. It is heard at the statements themselves, so nothing that writes a row can forget to
 * say so. Which row it was mostly stands among the values of its statement; else the statement is asked for it.
 */
/** Which row, by its kind and its id: `bead lib-1`. `*`: anything may have changed. */
export type Change = string;

export const ANYTHING: Change = "*";

/** More of them are told as "anything": whoever follows looks at all of it again. */
const MOST = 1_000;

interface Seen {
  kind: string;
  /** The column that says which row of that kind it is. */
  key: string;
  /** Columns that are no news: clocks and books of the town's own, and what live runs say of themselves every few seconds. */
  but?: readonly string[];
  /** Columns that are; left out: all others. */
  only?: readonly string[];
}

const SEEN: Readonly<Record<string, Seen>> = {
  beads: { kind: "bead", key: "id" },
  bead_dependencies: { kind: "bead", key: "bead_id" },
  bead_notes: { kind: "bead", key: "bead_id" },
  convoys: { kind: "convoy", key: "id" },
  agents: { kind: "agent", key: "id", but: ["last_fence", "well_at_ms", "doubts"] },
  attempts: {
    kind: "attempt",
    key: "fence",
    but: [
      "lease_until_ms",
      "last_boot_id",
      "last_seq",
      "agent_active_at_ms",
      "stall",
      "charged_ms",
      "progress",
      "step",
      "usage",
    ],
  },
  rigs: { kind: "rig", key: "id" },
  hosts: { kind: "host", key: "id", but: ["token_hash"] },
  providers: { kind: "provider", key: "id", but: ["doubts"] },
  incidents: { kind: "incident", key: "id" },
  // What it is told, and how that goes, is asked for. That it was given up waits for a person.
  webhooks: { kind: "webhook", key: "id", only: ["given_up"] },
  town: { kind: "town", key: "id", only: ["settings", "paused", "draining", "breaker", "full"] },
};

/** How a statement says which rows it changes: by one of its values, or by what it returns. */
type Heard =
  | { kind: string; value: number }
  /** The last column that it returns is the key, for us alone. `answers`: it returns more than that. */
  | { kind: string; query: string; answers: boolean };

const statements = new Map<string, Heard | null>();
/** Few of them differ; should an import write thousands, they are read anew. */
const MOST_STATEMENTS = 2_000;

function heardOf(query: string): Heard | null {
  let heard = statements.get(query);
  if (heard === undefined) {
    if (statements.size >= MOST_STATEMENTS) statements.clear();
    heard = readStatement(query);
    statements.set(query, heard);
  }
  return heard;
}

function readStatement(query: string): Heard | null {
  const [, verb = "", table = ""] = /^\s*(insert into|update|delete from)\s+"?(\w+)"?/i.exec(query) ?? [];
  const seen = SEEN[table];
  // What stands in quotes is no part of the statement.
  const text = query.replaceAll(/'[^']*'/g, "''");
  // Only migrations end theirs so: nobody follows a town before them.
  if (!seen || text.includes(";") || (/^update/i.test(verb) && !setsAny(text, seen))) return null;
  const { kind, key } = seen;
  const value = /^insert/i.test(verb) ? insertedAt(text, key) : namedAt(text, table, key);
  if (value !== null) return { kind, value };
  const answers = /\breturning\b/i.test(text);
  return { kind, query: `${query}${answers ? "," : " RETURNING"} "${key}"`, answers };
}

function setsAny(text: string, { but, only }: Seen): boolean {
  const columns = [...text.matchAll(/(?<![."\w])"?(\w+)"? = /g)].map(([, column = ""]) => column);
  return columns.some((column) => (only ? only.includes(column) : !but?.includes(column)));
}

/** Where the key stands among the values of an insert of one row. */
function insertedAt(text: string, key: string): number | null {
  const [, columns = "", values = "", rest = ""] = /\(([^)]*)\) values \(([^()]*)\)(.*)$/s.exec(text) ?? [];
  const index = columns.split(", ").indexOf(`"${key}"`);
  const each = values.split(", ");
  if (each[index] !== "?" || rest.startsWith(", (")) return null;
  return each.slice(0, index).filter((value) => value === "?").length;
}

/** Where it stands in a statement that is about one row, whatever else must be true of that. */
function namedAt(text: string, table: string, key: string): number | null {
  const is = `"${table}"."${key}" = ?`;
  const [before = "", ...after] = text.split(new RegExp(` where \\(?(?=${is.replaceAll(/[.?]/g, "\\$&")})`));
  if (after.length !== 1 || / or /i.test(after[0] as string) || count(before, "(") !== count(before, ")")) return null;
  return count(before, "?");
}

const count = (text: string, char: string): number => text.split(char).length - 1;

/** What is read of a cursor, and no more. */
interface Rows {
  columnNames: string[];
  toArray(): Record<string, unknown>[];
  next(): { done?: boolean; value?: Record<string, unknown> | undefined };
  raw(): { toArray(): unknown[][] };
}

/** The part of an object's storage that rows go through. */
export interface Storage {
  sql: { exec(query: string, ...bindings: unknown[]): Rows };
  transactionSync<T>(body: () => T): T;
}

/** The object's storage, which remembers what the transaction that is under way has changed. */
export class NotingStorage implements Storage {
  readonly sql = { exec: (query: string, ...bindings: unknown[]) => this.#exec(query, bindings) };
  #noted: Change[] = [];
  #depth = 0;
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  get noted(): readonly Change[] {
    return this.#noted;
  }

  /** What a savepoint that unwinds has written is not changed. */
  transactionSync<T>(body: () => T): T {
    if (this.#depth === 0) this.#noted = [];
    const before = this.#noted.length;
    this.#depth++;
    try {
      return this.#storage.transactionSync(body);
    } catch (error) {
      this.#noted.length = before;
      throw error;
    } finally {
      this.#depth--;
    }
  }

  #exec(query: string, bindings: unknown[]): Rows {
    const { sql } = this.#storage;
    const heard = heardOf(query);
    if (heard === null) return sql.exec(query, ...bindings);
    const { kind } = heard;
    if ("value" in heard) {
      const rows = sql.exec(query, ...bindings);
      this.#noted.push(`${kind} ${bindings[heard.value]}`);
      return rows;
    }
    const answer = sql.exec(heard.query, ...bindings);
    const rows = answer.raw().toArray();
    for (const row of rows) this.#noted.push(`${kind} ${row.at(-1)}`);
    return answered(answer.columnNames, heard.answers ? rows : []);
  }
}

/** What a statement answers, without the column that was added for us. */
function answered(names: readonly string[], rows: readonly unknown[][]): Rows {
  const columnNames = names.slice(0, -1);
  const bare = rows.map((row) => row.slice(0, -1));
  const objects = () => bare.map((row) => Object.fromEntries(columnNames.map((name, index) => [name, row[index]])));
  const next = () => (bare.length === 0 ? { done: true } : { done: false, value: objects()[0] });
  return { columnNames, toArray: objects, next, raw: () => ({ toArray: () => bare }) };
}

/** All of them once. */
export function together(...changes: (readonly Change[])[]): readonly Change[] {
  const all = [...new Set(changes.flat())];
  return all.length > MOST || all.includes(ANYTHING) ? [ANYTHING] : all;
}
