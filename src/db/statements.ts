/** Queries of every pass are built once, not once per call: building costs more than running. */
import { sql } from "drizzle-orm";
import { assert } from "../lib/guard.ts";
import type { Tx } from "./client.ts";
import { FlatQuery, type TownSession } from "./session.ts";

/** A database and all transactions on it share one session. Drizzle keeps it to itself, by this name (test/town/prepared.test.ts sees that it holds). */
export const sessionOf = (tx: Tx): TownSession => (tx as unknown as { session: TownSession }).session;

/**
 * Built once for all databases: an object that has just been woken has nothing to build.
 *
 * @param build ends in `.prepare()`; what differs from call to call stands in it as a `slot`
 */
export function prepared<Query extends object>(build: (tx: Tx) => Query): (tx: Tx) => Query {
  let built: FlatQuery | undefined;
  const bound = new WeakMap<TownSession, Query>();
  return (tx) => {
    const session = sessionOf(tx);
    let query = bound.get(session);
    if (query === undefined) {
      built ??= flat(build(tx));
      query = built.on(session.storage) as unknown as Query;
      bound.set(session, query);
    }
    return query;
  };
}

function flat(query: object): FlatQuery {
  assert(query instanceof FlatQuery, "what is prepared names its columns");
  return query;
}

/**
 * A limit that stands in the statement itself. SQLite plans by the value of a bound limit, so it compiles the statement
 * anew whenever one is bound: ten times the cost of a short query.
 */
export const atMost = (rows: number): number => sql.raw(String(rows)) as unknown as number;

/** A value to come, by name. Stands wherever a value of its type may. */
export const slot = <T = number>(name: string): T => sql.placeholder(name) as unknown as T;
