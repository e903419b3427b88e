type Exec = SqlStorage["exec"];
type Counted = Pick<SqlStorageCursor<Record<string, SqlStorageValue>>, "rowsRead" | "rowsWritten">;

/** The object's storage, with the rows counted that statements read and write: what a town is billed for. */
export class MeteredStorage {
  readonly sql: { exec: Exec };
  readonly transactionSync: <T>(body: () => T) => T;
  #cursors: Counted[] = [];

  constructor(storage: DurableObjectStorage) {
    this.transactionSync = (body) => storage.transactionSync(body);
    this.sql = {
      exec: (query, ...bindings) => {
        const cursor = storage.sql.exec(query, ...bindings);
        this.#cursors.push(cursor);
        return cursor as never;
      },
    };
  }

  /** Counts from here on; a cursor knows its rows only once it has been read. */
  start(): () => { read: number; written: number } {
    const cursors: Counted[] = [];
    this.#cursors = cursors;
    return () => ({
      read: cursors.reduce((sum, { rowsRead }) => sum + rowsRead, 0),
      written: cursors.reduce((sum, { rowsWritten }) => sum + rowsWritten, 0),
    });
  }
}
