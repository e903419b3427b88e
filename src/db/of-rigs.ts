/** One look at each of several rigs, all by one statement. */
import { type SQLWrapper, sql } from "drizzle-orm";
import type { AnySQLiteColumn } from "drizzle-orm/sqlite-core";
import type { Tx } from "./client.ts";
import { prepared, sessionOf, slot } from "./statements.ts";

/** The platform joins no more selects to one. */
const MOST = 5;
/** For so many rigs there is a statement. One that is for more than are asked for looks nowhere for the others. */
const WIDTHS = [1, MOST] as const;

interface OfRig {
  rigId: string;
}

/** What a select finds: Drizzle gives it to whoever awaits it. */
type Look<Row> = SQLWrapper & PromiseLike<Row[]>;

/**
 * Rows of the first rig, then of the second, those of each in its own order and within its own limit.
 *
 * @param wanted what `look` selects, columns only
 */
export function ofRigs<Row extends OfRig>(
  wanted: Record<keyof Row, AnySQLiteColumn>,
  look: (tx: Tx, rigId: string) => Look<Row>,
): (tx: Tx, rigIds: readonly string[], given: Record<string, unknown>) => Row[] {
  const queries = WIDTHS.map((width) => ({
    width,
    query: prepared((tx) => {
      const looks = Array.from({ length: width }, (_, rig) => sql`SELECT * FROM ${look(tx, slot(`rig${rig}`))}`);
      return sessionOf(tx).flat(sql.join(looks, sql` UNION ALL `), wanted);
    }),
  }));
  return (tx, rigIds, given) => {
    const found: Row[] = [];
    for (let from = 0; from < rigIds.length; from += MOST) {
      const some = rigIds.slice(from, from + MOST);
      const { width, query } = queries.find(({ width }) => width >= some.length) ?? (queries[0] as (typeof queries)[0]);
      const names = Array.from({ length: width }, (_, rig) => [`rig${rig}`, some[rig] ?? null]);
      found.push(...(query(tx).all({ ...given, ...Object.fromEntries(names) }) as Row[]));
    }
    return found;
  };
}
