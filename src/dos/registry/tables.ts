/** The registry's own tables, apart from a town's. Steps are only ever added: each database counts those that it has taken. */
const STEPS: readonly string[] = [
  `CREATE TABLE towns (name TEXT PRIMARY KEY, created_at_ms INTEGER) WITHOUT ROWID`,
  `CREATE TABLE tokens (
     seq INTEGER PRIMARY KEY AUTOINCREMENT,
     id TEXT NOT NULL UNIQUE,
     name TEXT NOT NULL,
     towns TEXT NOT NULL,
     scopes TEXT NOT NULL,
     hash TEXT NOT NULL,
     former_hash TEXT,
     former_until_ms INTEGER,
     print TEXT,
     created_at_ms INTEGER NOT NULL,
     created_by TEXT NOT NULL,
     expires_at_ms INTEGER NOT NULL,
     last_used_at_ms INTEGER,
     revoked_at_ms INTEGER
   )`,
  `ALTER TABLE towns ADD COLUMN removed_at_ms INTEGER`,
];

export function prepareTables(storage: DurableObjectStorage): void {
  const { sql } = storage;
  storage.transactionSync(() => {
    sql.exec("CREATE TABLE IF NOT EXISTS steps (n INTEGER PRIMARY KEY)");
    const [{ taken = 0 } = {}] = sql.exec<{ taken: number }>("SELECT count(*) AS taken FROM steps").toArray();
    STEPS.slice(taken).forEach((step, index) => {
      sql.exec(step);
      sql.exec("INSERT INTO steps (n) VALUES (?)", taken + index + 1);
    });
  });
}
