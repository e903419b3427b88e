import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { migrate } from "drizzle-orm/durable-sqlite/migrator";
import { expect, test } from "vitest";
import migrations from "../../migrations/migrations.js";
import { type Db, openDb } from "../../src/db/client.ts";
import { makeTables } from "../../src/dos/tables.ts";

const { journal } = migrations;

/** Tables, and what is known of the migrations that made them. */
const madeBy = (name: string, make: (db: Db) => Promise<void>) =>
  runInDurableObject(env.TOWN.getByName(name), async (_, { storage }) => {
    await make(openDb(storage));
    const all = (query: string) => storage.sql.exec(query).toArray();
    const made = all(
      "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE '\\_cf\\_%' ESCAPE '\\' ORDER BY type, name",
    );
    return {
      made: made.map(({ name, sql, ...row }) => ({ ...row, name, sql: String(sql).replaceAll(/\s+/g, " ") })),
      seen: all("SELECT hash, created_at FROM __drizzle_migrations ORDER BY created_at"),
      columns: all(
        "SELECT m.name AS of, c.* FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE '\\_cf\\_%' ESCAPE '\\' ORDER BY 1, 2",
      ),
    };
  });

test("a new town has what the migrations would have made, and counts as having seen them", async () => {
  const [now, before] = [
    await madeBy("made-now", makeTables),
    await madeBy("made-before", (db) => migrate(db, migrations)),
  ];
  expect(before.seen).toHaveLength(journal.entries.length);
  expect(now.columns).toEqual(before.columns);
  expect(now.seen).toEqual(before.seen);
  const texts = ({ made }: typeof now) => made.filter(({ name }) => name !== "__drizzle_migrations");
  expect(texts(now)).toEqual(texts(before));
});

test.each([0, 1, Math.floor(journal.entries.length / 2), journal.entries.length - 1])(
  "a town that has seen %d of them goes on by the others",
  async (count) => {
    const entries = journal.entries.slice(0, count + 1);
    const older = await madeBy(`made-with-${count}`, async (db) => {
      await migrate(db, { ...migrations, journal: { ...journal, entries } });
      await makeTables(db);
      await makeTables(db);
    });
    const whole = await madeBy(`made-beside-${count}`, makeTables);
    expect(older.columns).toEqual(whole.columns);
    expect(older.seen).toEqual(whole.seen);
  },
);
