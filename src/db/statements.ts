/** Queries of every pass are built once, not once per call: building costs more than running. */
import { sql } from "drizzle-orm";
import type { Tx } from "./client.ts";

/**
 * Built once for all databases: an object that has just been woken has nothing to build. Its session is what a prepared
 * query knows of a database, by one name that Drizzle keeps to itself (test/town/prepared.test.ts sees that it holds).
 *
 * @param build ends in `.prepare()`; what differs from call to call stands in it as a `slot`
 */
export function prepared<Query extends object>(build: (tx: Tx) => Query): (tx: Tx) => Query {
  let built: Query | undefined;
  const bound = new WeakMap<object, Query>();
  return (tx) => {
    // A database and all transactions on it share one session.
    const { session } = tx as unknown as { session: { client: object } };
    let query = bound.get(session);
    if (query === undefined) {
      built ??= Object.assign(build(tx), { client: undefined });
      query = Object.assign(Object.create(Object.getPrototypeOf(built)) as Query, built, { client: session.client });
      bound.set(session, query);
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
