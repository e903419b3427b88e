/** A town as the list has it. */
export interface ListedTown {
  name: string;
  /** Null: it was there before there was a list. */
  createdAtMs: number | null;
}

type Row = { name: string; created_at_ms: number | null };

export class Towns {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** @param createdAtMs null: it was met, and may be old */
  add(name: string, createdAtMs: number | null): void {
    this.#sql.exec(
      "INSERT INTO towns (name, created_at_ms) VALUES (?, ?) ON CONFLICT DO UPDATE SET created_at_ms = coalesce(excluded.created_at_ms, created_at_ms)",
      name,
      createdAtMs,
    );
  }

  remove(name: string): void {
    this.#sql.exec("DELETE FROM towns WHERE name = ?", name);
  }

  /** By name. @param among null: all of them */
  list(limit: number, after: string, among: readonly string[] | null): ListedTown[] {
    return this.#sql
      .exec<Row>(
        `SELECT * FROM towns WHERE name > ?1 AND (?2 IS NULL OR name IN (SELECT value FROM json_each(?2)))
         ORDER BY name LIMIT ?3`,
        ...[after, among && JSON.stringify(among), limit],
      )
      .toArray()
      .map(({ name, created_at_ms }) => ({ name, createdAtMs: created_at_ms }));
  }
}
