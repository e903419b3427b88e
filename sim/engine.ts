/** The part of a Durable Object's storage that a town uses. Two engines have it: `node:sqlite` and the platform's own. */
export type Value = string | number | null | ArrayBuffer;

export interface Rows {
  columnNames: string[];
  toArray(): Record<string, Value>[];
  next(): { done?: boolean; value?: Record<string, Value> | undefined };
  raw(): { toArray(): Value[][] };
}

export interface SqlEngine {
  sql: { exec(query: string, ...bindings: Value[]): Rows };
  /** Synchronous, nestable, all or nothing. */
  transactionSync<T>(body: () => T): T;
  /** The same rows, for who only looks, if that can be had for less: nobody changes what it answers. */
  looks?: SqlEngine["sql"];
}
