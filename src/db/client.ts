import { type DrizzleSqliteDODatabase, drizzle } from "drizzle-orm/durable-sqlite";
import { NotingStorage } from "./noting.ts";

export type Db = DrizzleSqliteDODatabase;
/** A transaction or a savepoint inside one: what rows are written through, so nothing is written outside. */
export type Tx = Parameters<Parameters<Db["transaction"]>[0]>[0];

export const openDb = (storage: DurableObjectStorage): Db =>
  drizzle(new NotingStorage(storage as never) as unknown as DurableObjectStorage);
