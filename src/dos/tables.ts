/** The tables of a town: a new one's as all migrations leave them, an older one's by those that it has not seen. */
import { sql } from "drizzle-orm";
import { migrate } from "drizzle-orm/durable-sqlite/migrator";
import finalSchema from "../../migrations/final/schema.sql";
import migrations from "../../migrations/migrations.js";
import type { Db } from "../db/client.ts";

const { entries } = migrations.journal;

/** Where Drizzle keeps which of them a database has seen, as it makes it itself. */
const SEEN = `CREATE TABLE IF NOT EXISTS "__drizzle_migrations" (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at numeric)`;

export async function makeTables(db: Db): Promise<void> {
  const tables = db.values<[string]>(
    sql`SELECT name FROM sqlite_master WHERE name IN ('town', '__drizzle_migrations')`,
  );
  if (tables.length === 0) return makeFinal(db);
  if (!hasSeenAll(db)) await migrate(db, migrations);
}

function hasSeenAll(db: Db): boolean {
  const [seen] = db.values<[number]>(sql`SELECT max(created_at) FROM "__drizzle_migrations"`);
  return Number(seen?.[0]) === entries.at(-1)?.when;
}

/** All of it, or nothing: it is in one turn, and in one transaction. */
function makeFinal(db: Db): void {
  db.transaction((tx) => {
    tx.run(sql.raw(finalSchema));
    tx.run(sql.raw(SEEN));
    const seen = JSON.stringify(entries.map(({ when }) => when));
    tx.run(sql`INSERT INTO "__drizzle_migrations" ("hash", "created_at") SELECT '', value FROM json_each(${seen})`);
  });
}

const HAS_TABLES = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'town'";

export const hasTables = (sql: SqlStorage): boolean => !sql.exec(HAS_TABLES).next().done;
