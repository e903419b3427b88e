/** Commands that may be sent twice and are done once. What was answered stands in the town's rows, written with what was done. */
import { eq, lt } from "drizzle-orm";
import type { Once } from "../commands/define.ts";
import type { Tx } from "../db/client.ts";
import { answers } from "../db/schema.ts";
import { type Result, refused } from "./result.ts";

/** For so long a command may be sent again. */
const KEPT_MS = 24 * 3_600_000;

/** Of an answer; a row holds two million bytes. */
const ANSWER_CHARS = 400_000;

/** With each that is kept so many go that are over. */
const PRUNED = 20;

/** How long one that is sent while the first is at work waits for the same answer. */
const PATIENCE_MS = 10_000;

interface AtWork {
  print: string;
  answer: Promise<Result<unknown>>;
}

export class Answers {
  readonly #tx: Tx;
  readonly #atWork = new Map<string, AtWork>();

  constructor(tx: Tx) {
    this.#tx = tx;
  }

  /** Does it, unless it was done, or is being done. What was refused has not been done, and is judged anew. */
  async once(once: Once, nowMs: number, work: () => Promise<Result<unknown>>): Promise<Result<unknown>> {
    const kept = this.kept(once, nowMs);
    if (kept) return kept;
    const first = this.#atWork.get(once.key);
    if (first) return first.print === once.print ? inTime(first.answer) : anotherBody();
    const answer = work().finally(() => this.#atWork.delete(once.key));
    this.#atWork.set(once.key, { print: once.print, answer });
    return answer;
  }

  /** What was answered. Null: that key has not been used. */
  kept({ key, print }: Once, nowMs: number): Result<unknown> | null {
    const row = this.#tx.select().from(answers).where(eq(answers.key, key)).get();
    if (!row || row.atMs < nowMs - KEPT_MS) return null;
    if (row.print !== print) return anotherBody();
    return row.answer === null ? noAnswer() : { ok: true, value: JSON.parse(row.answer) };
  }
}

/** Stands in the same turn as what was done: both are written, or neither. */
export function keepAnswer(tx: Tx, { key, print }: Once, value: unknown, nowMs: number): void {
  const text = JSON.stringify(value);
  const answer = text.length <= ANSWER_CHARS ? text : null;
  const over = tx
    .select({ key: answers.key })
    .from(answers)
    .where(lt(answers.atMs, nowMs - KEPT_MS))
    .limit(PRUNED);
  for (const { key } of over.all()) tx.delete(answers).where(eq(answers.key, key)).run();
  // An older one by this key may be over, and not gone yet.
  const row = { key, print, answer, atMs: nowMs };
  tx.insert(answers).values(row).onConflictDoUpdate({ target: answers.key, set: row }).run();
}

async function inTime(answer: Promise<Result<unknown>>): Promise<Result<unknown>> {
  const late = scheduler.wait(PATIENCE_MS).then(() => stillAtWork());
  return Promise.race([answer, late]);
}

const anotherBody = () =>
  refused(
    422,
    "key_reused",
    "This Idempotency-Key came with another request before.",
    "Give each request a key of its own; the same key is for the same request, sent again.",
  );

const stillAtWork = () =>
  refused(409, "at_work", "The request with this Idempotency-Key is still at work.", "Send it again in a while.");

const noAnswer = () =>
  refused(
    409,
    "done_already",
    "The request with this Idempotency-Key was done, and its answer was too large to keep.",
    "Read what it made: it is in the lists.",
  );
