import type { Problem } from "../lib/guard.ts";

/** What an RPC answers. Errors do not keep their class on the way, so a refusal travels as a value. */
export type Result<T> = { ok: true; value: T } | { ok: false; problem: Problem };
