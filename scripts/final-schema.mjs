/**
 * What all migrations leave, as one text: a new town is made from it in one go (src/db/tables.ts), and towns that there are go on
 * by the migrations. It is SQLite's own account of the tables, in the order in which they were made.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../migrations/", import.meta.url));

export const FINAL_SCHEMA = join(folder, "final/schema.sql");

export function finalSchema() {
  const db = new DatabaseSync(":memory:");
  const files = readdirSync(folder).filter((name) => name.endsWith(".sql"));
  for (const name of files.sort()) db.exec(readFileSync(join(folder, name), "utf8"));
  const made = db
    .prepare(
      "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid",
    )
    .all();
  for (const { type, name } of made)
    if (type === "table" && db.prepare(`SELECT 1 FROM "${name}" LIMIT 1`).get())
      throw new Error(`migrations leave a row in ${name}, which a new town would lack`);
  db.close();
  const order = (type) => ["table", "index", "trigger", "view"].indexOf(type);
  return `${made
    .toSorted((a, b) => order(a.type) - order(b.type))
    .map(({ sql }) => `${sql};`)
    .join("\n")}\n`;
}
