import { type Problem, Refusal } from "../lib/guard.ts";
import type { RefusalCode, RefusalStatus } from "../lib/refusal-codes.ts";

/** What an RPC answers. Errors do not keep their class on the way, so a refusal travels as a value. */
export type Result<T> = { ok: true; value: T } | { ok: false; problem: Problem };

export function tried<T>(work: () => T): Result<T> {
  try {
    return { ok: true, value: work() };
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, problem: error.problem };
    throw error;
  }
}

export const refused = <Code extends RefusalCode>(
  status: RefusalStatus[Code],
  code: Code,
  detail: string,
  hint: string,
): { ok: false; problem: Problem } => ({
  ok: false,
  problem: { status, code, detail, hint },
});
