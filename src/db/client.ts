import { DrizzleSqliteDODatabase } from "drizzle-orm/durable-sqlite";
import { SQLiteSyncDialect } from "drizzle-orm/sqlite-core";
import { NotingStorage } from "./noting.ts";
import { TownSession } from "./session.ts";

export type Db = DrizzleSqliteDODatabase;
/** A transaction or a savepoint inside one: what rows are written through, so nothing is written outside. */
export type Tx = Parameters<Parameters<Db["transaction"]>[0]>[0];

export function openDb(storage: DurableObjectStorage): Db {
  const noting = new NotingStorage(storage as never);
  const dialect = new SQLiteSyncDialect();
  return new DrizzleSqliteDODatabase("sync", dialect, new TownSession(noting, dialect), undefined);
}
