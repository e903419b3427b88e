/** A town as the list has it. */
export interface ListedTown {
  name: string;
  /** Null: it was there before there was a list. */
  createdAtMs: number | null;
  /** Null: it is there. */
  removedAtMs: number | null;
}

export interface Listing {
  limit: number;
  /** The last name of the page before. */
  after: string;
  /** Null: all of them. */
  among: readonly string[] | null;
  /** Those that were removed and can be had back, in place of those that are there. */
  removed: boolean;
}

type Row = { name: string; created_at_ms: number | null; removed_at_ms: number | null };

export class Towns {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** @param createdAtMs null: it was met, and may be old; whoever met it may have done so before it was removed */
  add(name: string, createdAtMs: number | null): void {
    this.#sql.exec(
      "INSERT INTO towns (name, created_at_ms) VALUES (?, ?) ON CONFLICT DO UPDATE SET created_at_ms = coalesce(excluded.created_at_ms, created_at_ms), removed_at_ms = iif(excluded.created_at_ms IS NULL, removed_at_ms, NULL)",
      name,
      createdAtMs,
    );
  }

  /** @param atMs null: nothing of it is kept */
  remove(name: string, atMs: number | null): void {
    if (atMs === null) this.#sql.exec("DELETE FROM towns WHERE name = ?", name);
    else this.#sql.exec("UPDATE towns SET removed_at_ms = ? WHERE name = ?", atMs, name);
  }

  /** Those that were removed before that have let go of their rows by now. */
  forget(untilMs: number): void {
    this.#sql.exec("DELETE FROM towns WHERE removed_at_ms <= ?", untilMs);
  }

  /** By name. */
  list({ limit, after, among, removed }: Listing): ListedTown[] {
    return this.#sql
      .exec<Row>(
        `SELECT * FROM towns WHERE name > ?1 AND (?2 IS NULL OR name IN (SELECT value FROM json_each(?2)))
         AND (removed_at_ms IS NOT NULL) = ?4
         ORDER BY name LIMIT ?3`,
        ...[after, among && JSON.stringify(among), limit, Number(removed)],
      )
      .toArray()
      .map(({ name, created_at_ms, removed_at_ms }) => ({
        name,
        createdAtMs: created_at_ms,
        removedAtMs: removed_at_ms,
      }));
  }
}
