import type { Rows, SqlEngine, Value } from "./engine.ts";

/**
 * Everything that passes between the town and its storage, as one number: statements, parameters, rows, and how each
 * transaction ended. Two engines that give the same number did the same.
 */
export class Trace implements SqlEngine {
  readonly #engine: SqlEngine;
  readonly #texts = new Map<string, number>();
  #a = 0x811c9dc5;
  #b = 0x9747b28c;
  entries = 0;
  readonly sql = { exec: (query: string, ...bindings: Value[]) => this.#exec(query, bindings) };

  constructor(engine: SqlEngine) {
    this.#engine = engine;
  }

  get hash(): string {
    return [this.#a, this.#b].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join("");
  }

  transactionSync<T>(body: () => T): T {
    this.#number(1);
    try {
      const result = this.#engine.transactionSync(body);
      this.#number(2);
      return result;
    } catch (error) {
      this.#number(3);
      throw error;
    }
  }

  #exec(query: string, bindings: Value[]): Rows {
    this.entries++;
    this.#number(this.#numberOf(query));
    for (const binding of bindings) this.#value(binding);
    let rows: Value[][];
    let names: string[];
    try {
      const cursor = this.#engine.sql.exec(query, ...bindings);
      names = cursor.columnNames;
      rows = cursor.raw().toArray(); // the one way that keeps columns of the same name apart
    } catch (error) {
      this.#number(4);
      throw error;
    }
    this.#number(rows.length);
    for (const row of rows) for (const value of row) this.#value(value);
    return {
      columnNames: names,
      toArray: () => objects(names, rows),
      next: () => first(objects(names, rows)),
      raw: () => ({ toArray: () => rows }),
    };
  }

  #numberOf(text: string): number {
    let known = this.#texts.get(text);
    if (known === undefined) {
      known = 0;
      for (let index = 0; index < text.length; index++) known = Math.imul(known ^ text.charCodeAt(index), 0x01000193);
      this.#texts.set(text, known);
    }
    return known;
  }

  #value(value: Value): void {
    if (typeof value === "number") {
      this.#number(value | 0);
      this.#number(Math.floor(value / 4_294_967_296));
    } else if (typeof value === "string") {
      let known = value.length;
      for (let index = 0; index < value.length; index++) known = Math.imul(known ^ value.charCodeAt(index), 0x01000193);
      this.#number(known);
    } else this.#number(value === null ? 5 : 6);
  }

  #number(n: number): void {
    this.#a = Math.imul(this.#a ^ n, 0x01000193);
    this.#b = Math.imul((this.#b << 5) ^ (this.#b >>> 3) ^ n, 0x85ebca6b);
  }
}

const objects = (names: string[], rows: Value[][]): Record<string, Value>[] =>
  rows.map((row) => Object.fromEntries(row.map((value, index) => [names[index] ?? String(index), value])));

const first = (rows: Record<string, Value>[]) => (rows.length === 0 ? { done: true } : { done: false, value: rows[0] });
