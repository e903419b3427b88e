import type { Rows, Value } from "./engine.ts";
import type { Uses } from "./uses.ts";

/** The answer to a statement, with all its rows. */
export class Answer implements Rows {
  readonly columnNames: string[];
  readonly #rows: Value[][];
  #objects: Record<string, Value>[] | null = null;

  constructor(columnNames: string[], rows: Value[][]) {
    this.columnNames = columnNames;
    this.#rows = rows;
  }

  toArray(): Record<string, Value>[] {
    this.#objects ??= this.#rows.map((row) => this.#objectOf(row));
    return this.#objects;
  }

  next(): { done?: boolean; value?: Record<string, Value> } {
    const [row] = this.#rows;
    return row === undefined ? { done: true } : { done: false, value: this.#objectOf(row) };
  }

  raw(): { toArray(): Value[][] } {
    return { toArray: () => this.#rows };
  }

  #objectOf(row: Value[]): Record<string, Value> {
    const names = this.columnNames;
    const object: Record<string, Value> = {};
    for (let index = 0; index < names.length; index++) object[names[index] as string] = row[index] as Value;
    return object;
  }
}

/** What was asked of rows that have not changed since: the answers to one statement, by its values. */
interface Kept {
  /** How often what it reads was written, all in all. */
  stamp: number;
  /** As it was when this was so: as long as nothing at all is written nothing is added up. */
  count: number;
  answers: Map<string, Answer>;
}

/** Some hundred columns are read or written. */
const MOST_PLACES = 4_096;

/** Whoever asks for a moment in time asks for another one each time. */
const MOST_KEPT = 64;

/**
 * Who only looks asks the same again and again, mostly of rows that nothing has written to since. Such an answer is given once more,
 * and the very same one: what is worked out of it may be kept beside it.
 */
export class KeptAnswers {
  readonly #kept = new Map<Uses, Kept>();
  /** How often something was written, by place. */
  readonly #writes = new Float64Array(MOST_PLACES);
  /** What the transaction that is under way has written: should it be rolled back that is a change once more. */
  #written: Uses[] = [];
  #counted = 0;
  #isOff = false;

  begun(): void {
    this.#written = [];
  }

  /** A statement is about to be run. */
  runs(uses: Uses): void {
    if (uses.isOfSchema) this.#isOff = true;
    if (uses.writes.length === 0) return;
    this.#written.push(uses);
    this.#count(uses);
  }

  rolledBack(): void {
    for (const uses of this.#written) this.#count(uses);
  }

  answer(uses: Uses, bindings: Value[], ask: () => Answer): Answer {
    if (this.#isOff || !uses.isKnown || uses.isOfSchema || uses.writes.length > 0) return ask();
    if (bindings.some((value) => value instanceof ArrayBuffer)) return ask();
    const kept = this.#keptFor(uses);
    const by = bindings.length === 0 ? "" : JSON.stringify(bindings);
    let answer = kept.answers.get(by);
    if (!answer) {
      answer = ask();
      kept.answers.set(by, answer);
    }
    return answer;
  }

  #keptFor(uses: Uses): Kept {
    const { reads } = uses;
    const count = this.#counted;
    const known = this.#kept.get(uses);
    if (known?.count === count && known.answers.size < MOST_KEPT) return known;
    let stamp = 0;
    for (let index = 0; index < reads.length; index++) stamp += this.#writes[reads[index] as number] as number;
    if (known?.stamp === stamp && known.answers.size < MOST_KEPT) {
      known.count = count;
      return known;
    }
    const fresh = { stamp, count, answers: new Map() };
    this.#kept.set(uses, fresh);
    return fresh;
  }

  #count({ writes }: Uses): void {
    this.#counted++;
    for (const place of writes) this.#writes[place] = (this.#writes[place] as number) + 1;
  }
}
