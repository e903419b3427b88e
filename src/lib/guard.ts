import type { RefusalCode, RefusalStatus } from "./refusal-codes.ts";

/**
 * Three ways in which something does not happen, kept apart because each has its own answer:
 * - `Stale`: a precondition no longer holds. Expected; the savepoint unwinds quietly and the next pass replans.
 * - `Refusal`: the outside asked for what can't be. The caller is told what is wrong and how to mend it.
 * - a failed `assert`: our own bug. It stops loudly.
 */
export class Stale extends Error {
  override name = "Stale";
}

export interface Problem {
  /** HTTP status. */
  status: 400 | 401 | 403 | 404 | 405 | 409 | 410 | 412 | 413 | 415 | 422 | 428 | 429 | 500 | 503;
  /** Stable word, for programs. */
  code: RefusalCode;
  /** What is wrong, for people. */
  detail: string;
  /** How to mend it. */
  hint?: string | undefined;
  retryable?: boolean | undefined;
  errors?: { path: string; message: string }[] | undefined;
}

export class Refusal extends Error {
  override name = "Refusal";
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

export const refusal = <Code extends RefusalCode>(
  status: RefusalStatus[Code],
  code: Code,
  detail: string,
  hint: string,
): Refusal => new Refusal({ status, code, detail, hint });

/** The row a guarded write returned; none means the world moved on. */
export function guard<T>(row: T | undefined, reason: string): T {
  if (row === undefined) throw new Stale(reason);
  return row;
}

export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`bug: ${message}`);
}
