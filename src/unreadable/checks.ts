/** Which values can't be read. Worked out from the schema, so that a column that is added is looked at as well. */
import { getTableColumns, getTableName, type Table } from "drizzle-orm";
import { agents, attempts, beads, convoys, hosts, incidents, providers, rigs, ticks, town } from "../db/schema.ts";

export interface Check {
  column: string;
  /** SQL that is 1 where this column's value can't be read. */
  isBad: string;
  /** What is wrong with it, after "its … ". */
  why: (value: string) => string;
  isNullable: boolean;
  /** SQL of the value that a row without it gets. */
  usual: string;
}

export interface CheckedTable {
  name: string;
  key: string;
  checks: readonly Check[];
}

type Column = ReturnType<typeof getTableColumns>[string];

/** What a column of JSON must hold besides: by its table and name. */
const SHAPES: Record<string, (column: string) => string> = {
  "agents.command": isList,
  "rigs.gate": isList,
  "beads.labels": isList,
  "beads.touches": isList,
  "agents.env": isObject,
  "agents.program": isObject,
  "beads.metadata": isObject,
  "attempts.usage": isObject,
  "attempts.step": isObject,
  "incidents.evidence": isObject,
  "ticks.record": isObject,
  "town.settings": isObject,
  "agents.preflight": (column) => `${isObject(column)} AND json_type(${column}, '$.checks') = 'array'`,
  "agents.paused": isWord,
  "rigs.paused": isWord,
  "beads.hold": isWord,
};

function isObject(column: string): string {
  return `json_type(${column}) = 'object'`;
}
function isList(column: string): string {
  return `json_type(${column}) = 'array' AND NOT EXISTS (SELECT 1 FROM json_each(${column}) WHERE type <> 'text')`;
}
/** A person's, with a reason. */
function isWord(column: string): string {
  return `json_type(${column}, '$.why') = 'text' AND json_type(${column}, '$.by') = 'text' AND json_type(${column}, '$.sinceMs') IN ('integer', 'real')`;
}

/** Dates from here to there, and every number that a town counts. */
const MOST = "8640000000000000";

export const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

function checkOf(table: string, column: Column): Check | null {
  const { name, columnType, enumValues, primary, notNull, isUnique } = column;
  if (primary || isUnique) return null;
  const quoted = `"${name}"`;
  const usual = notNull ? usualOf(column) : "NULL";
  const of = (isBad: string, why: Check["why"]): Check => ({ column: name, isBad, why, isNullable: !notNull, usual });
  if (enumValues?.length)
    return of(
      `${quoted} NOT IN (${enumValues.map(text).join(", ")})`,
      (value) => `is ${value}, which this release does not know`,
    );
  switch (columnType) {
    case "SQLiteTextJson":
    case "SQLiteCustomColumn": {
      const shape = SHAPES[`${table}.${name}`]?.(quoted) ?? "1";
      const isBad = `CASE WHEN ${quoted} IS NULL THEN 0 WHEN NOT (typeof(${quoted}) = 'text' AND json_valid(${quoted})) THEN 1 ELSE coalesce(NOT (${shape}), 1) END`;
      return of(isBad, () => "is no JSON, or not what belongs there");
    }
    case "SQLiteInteger":
      return of(`${quoted} NOT BETWEEN -${MOST} AND ${MOST}`, (value) => `is ${value}, which is no number or date`);
    case "SQLiteBoolean":
      return of(`${quoted} NOT IN (0, 1)`, (value) => `is ${value}, and not yes or no`);
    default:
      return of(`typeof(${quoted}) NOT IN ('text', 'null')`, () => "is no text");
  }
}

function usualOf({ default: given, columnType }: Column): string {
  if (typeof given === "number" || typeof given === "boolean") return String(Number(given));
  if (typeof given === "string") return text(given);
  if (given !== undefined && given !== null) return text(JSON.stringify(given));
  if (columnType === "SQLiteInteger" || columnType === "SQLiteBoolean") return "0";
  return columnType === "SQLiteTextJson" || columnType === "SQLiteCustomColumn" ? "'{}'" : "''";
}

/** A column that says which row it is stays as it is, and so does what later releases may have more words for. */
const LEFT = new Set(["beads.seq", "convoys.seq", "incidents.kind"]);

function checkedTable(table: Table): CheckedTable {
  const name = getTableName(table);
  const columns = Object.values(getTableColumns(table)).filter((column) => !LEFT.has(`${name}.${column.name}`));
  const key = columns.find(({ primary }) => primary)?.name ?? "rowid";
  return { name, key, checks: columns.flatMap((column) => checkOf(name, column) ?? []) };
}

/** In an order in which each can be put right by those before it. What agents report stands in `events`, which has its quarantine. */
export const checkedTables: readonly CheckedTable[] = [
  town,
  rigs,
  hosts,
  providers,
  attempts,
  agents,
  beads,
  convoys,
  incidents,
  ticks,
].map(checkedTable);

/** Another release looks for something else: then rows that were well may not be. */
export const checksMark = hashOf(JSON.stringify(checkedTables));

function hashOf(words: string): string {
  let hash = 2_166_136_261;
  for (const char of words) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 16_777_619);
  return (hash >>> 0).toString(36);
}
