/** What a statement reads and writes, as SQLite itself says when it compiles it: by table, and by column where that matters. */
import { constants, type DatabaseSync } from "node:sqlite";

/** Places are numbered over all tables: one for which rows a table has, and one for each of its columns. */
export interface Uses {
  reads: readonly number[];
  /** Empty: it only reads. */
  writes: readonly number[];
  /** Its answer hangs on the rows alone, so that it is the same for as long as they are. */
  isKnown: boolean;
  /** It changes the tables themselves: nothing that was said of any statement holds any more. */
  isOfSchema: boolean;
}

const { SQLITE_READ, SQLITE_INSERT, SQLITE_UPDATE, SQLITE_DELETE, SQLITE_SELECT, SQLITE_FUNCTION } = constants;
const { SQLITE_RECURSIVE, SQLITE_TRANSACTION, SQLITE_SAVEPOINT, SQLITE_OK } = constants;

/** What tells of the row only if it is asked at that moment. */
const FLEETING =
  /^(random|randomblob|changes|total_changes|last_insert_rowid|current_\w+|date|time|datetime|julianday|unixepoch|strftime)$/i;

const places = new Map<string, number>();

function placeOf(name: string): number {
  const place = places.get(name) ?? places.size;
  places.set(name, place);
  return place;
}

const rowsOfTable = (table: string): number => placeOf(table);
const columnOf = (table: string, column: string): number => placeOf(`${table}.${column}`);

/** @param scribe a database with the same tables that nothing else is done with */
export function usesOf(scribe: DatabaseSync, query: string): Uses {
  const reads = new Set<number>();
  const writes = new Set<number>();
  let isKnown = true;
  let isOfSchema = false;
  scribe.setAuthorizer((action, one, other) => {
    if (action === SQLITE_READ) {
      reads.add(rowsOfTable(String(one)));
      if (other) reads.add(columnOf(String(one), other));
    } else if (action === SQLITE_UPDATE) writes.add(columnOf(String(one), String(other)));
    else if (action === SQLITE_INSERT || action === SQLITE_DELETE) writes.add(rowsOfTable(String(one)));
    else if (action === SQLITE_FUNCTION) isKnown &&= !FLEETING.test(String(other));
    else if (action === SQLITE_TRANSACTION || action === SQLITE_SAVEPOINT) isKnown = false;
    else if (action !== SQLITE_SELECT && action !== SQLITE_RECURSIVE) isOfSchema = true;
    return SQLITE_OK;
  });
  try {
    scribe.prepare(query);
  } catch {
    isOfSchema = true; // of tables that the scribe does not have
  } finally {
    scribe.setAuthorizer(null);
  }
  return { reads: [...reads], writes: [...writes], isKnown, isOfSchema };
}
