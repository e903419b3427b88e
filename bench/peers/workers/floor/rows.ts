type Row = Record<string, SqlStorageValue>;
/** Runs a statement in which `:name` stands for a value, and reads what it returns. */
export type Rows = (sql: string, values?: Readonly<Record<string, SqlStorageValue>>) => Row[];

/** Read once, with the names in the order in which SQLite is handed them: it knows no others here. */
const known = new Map<string, { text: string; names: string[] }>();

export const rowsOf =
  (storage: SqlStorage): Rows =>
  (sql, values = {}) => {
    const { text, names } = known.get(sql) ?? read(sql);
    return storage.exec(text, ...names.map((name) => values[name] ?? null)).toArray();
  };

function read(sql: string) {
  const names: string[] = [];
  const text = sql.replaceAll(/:(\w+)/g, (_, name: string) => {
    names.push(name);
    return "?";
  });
  const statement = { text, names };
  known.set(sql, statement);
  return statement;
}
