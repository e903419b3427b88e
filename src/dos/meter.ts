type Exec = SqlStorage["exec"];
type Counted = Pick<SqlStorageCursor<Record<string, SqlStorageValue>>, "rowsRead" | "rowsWritten">;

/** The object's storage, with the rows counted that statements read and write: what a town is billed for. */
export class MeteredStorage {
  readonly sql: { exec: Exec };
  readonly transactionSync: <T>(body: () => T) => T;
  /** Null: nothing counts, and nothing is kept of what is read meanwhile. */
  #cursors: Counted[] | null = null;

  constructor(storage: DurableObjectStorage) {
    this.transactionSync = (body) => storage.transactionSync(body);
    this.sql = {
      exec: (query, ...bindings) => {
        const cursor = storage.sql.exec(query, ...bindings);
        this.#cursors?.push(cursor);
        return cursor as never;
      },
    };
  }

  /** Counts from here on, until it is asked; a cursor knows its rows only once it has been read. */
  start(): () => { read: number; written: number } {
    const cursors: Counted[] = [];
    this.#cursors = cursors;
    return () => {
      this.#cursors = null;
      return {
        read: cursors.reduce((sum, { rowsRead }) => sum + rowsRead, 0),
        written: cursors.reduce((sum, { rowsWritten }) => sum + rowsWritten, 0),
      };
    };
  }
}
