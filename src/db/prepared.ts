/** Queries of every pass are built once per database, not once per call: building costs more than running. */
import { sql } from "drizzle-orm";
import type { Tx } from "./client.ts";

/** @param build ends in `.prepare()`; what differs from call to call stands in it as a `slot` */
export function prepared<Query>(build: (tx: Tx) => Query): (tx: Tx) => Query {
  const built = new WeakMap<object, Query>();
  return (tx) => {
    // A database and all transactions on it share one session, and statements are bound to that.
    const { session } = tx as unknown as { session: object };
    let query = built.get(session);
    if (query === undefined) {
      query = build(tx);
      built.set(session, query);
    }
    return query;
  };
}

/**
 * A limit that stands in the statement itself. SQLite plans by the value of a bound limit, so it compiles the statement
 * anew whenever one is bound: ten times the cost of a short query.
 */
export const atMost = (rows: number): number => sql.raw(String(rows)) as unknown as number;

/** A value to come, by name. Stands wherever a value of its type may. */
export const slot = <T = number>(name: string): T => sql.placeholder(name) as unknown as T;
