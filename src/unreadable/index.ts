/**
 * Rows with a value that can't be read: damaged, or written by a newer release. What was there is set aside, for a person; what
 * stands in for it lets the row be read, and never does more than was allowed. So one row stops no pass and no other row.
 */
import { desc, eq, sql } from "drizzle-orm";
import { memberEnded } from "../beads/convoys.ts";
import type { Tx } from "../db/client.ts";
import { theBead } from "../db/existing.ts";
import type { Page } from "../db/page.ts";
import { convoys, town, type Unreadable, unreadable } from "../db/schema.ts";
import { clip } from "../lib/text.ts";
import { type Check, type CheckedTable, checkedTables, checksMark } from "./checks.ts";
import { follows, recounts, standsIn } from "./usual.ts";

/** The newest stay. */
const KEPT = 1_000;
const AT_ONCE = 50;
/** Characters kept of a value, as SQLite writes it. */
const VALUE_CHARS = 4_000;

/** @returns how many rows could not be read */
export function setAsideUnreadable(tx: Tx, nowMs: number): Unreadable[] {
  const found: Unreadable[] = [];
  for (const table of checkedTables)
    for (let rows = badRows(tx, table); rows.length > 0; rows = rows.length < AT_ONCE ? [] : badRows(tx, table))
      for (const row of rows) found.push(setAside(tx, table, row, nowMs));
  tx.update(town).set({ checkedAs: checksMark }).run();
  if (found.length === 0) return [];
  for (const recount of recounts) tx.run(sql.raw(recount));
  for (const { tableName, rowKey } of found) if (tableName === "beads") tellConvoy(tx, rowKey, nowMs);
  const last = found.at(-1)?.id ?? 0;
  tx.delete(unreadable)
    .where(sql`${unreadable.id} <= ${last - KEPT}`)
    .run();
  return found;
}

type BadRow = { row: number; key: string | number } & Record<string, unknown>;

function badRows(tx: Tx, { name, key, checks }: CheckedTable): BadRow[] {
  const flags = checks.map(({ isBad }, index) => `(${isBad}) AS b${index}`).join(", ");
  const any = checks.map(({ isBad }) => `(${isBad})`).join(" OR ");
  return tx.all<BadRow>(
    sql.raw(`SELECT rowid AS "row", "${key}" AS "key", ${flags} FROM "${name}" WHERE ${any} LIMIT ${AT_ONCE}`),
  );
}

function setAside(tx: Tx, { name, checks }: CheckedTable, { row, key, ...flags }: BadRow, nowMs: number): Unreadable {
  const lost = checks.filter((_, index) => flags[`b${index}`] === 1);
  const values = valuesOf(tx, name, row, lost);
  const why = lost.map(({ column, why: of }) => `its ${column} ${of(clip(values[column] ?? "", 60))}`).join("; ");
  for (const columns of [
    lost.map(({ column, usual }) => `"${column}" = ${standsIn(name, column, nowMs) ?? usual}`),
    follows(name, new Set(lost.map(({ column }) => column)), nowMs),
  ])
    if (columns.length > 0) tx.run(sql.raw(`UPDATE "${name}" SET ${columns.join(", ")} WHERE rowid = ${row}`));
  const kept = { tableName: name, rowKey: String(key), why, values, atMs: nowMs };
  return tx.insert(unreadable).values(kept).returning().get();
}

function valuesOf(tx: Tx, table: string, row: number, lost: readonly Check[]): Record<string, string> {
  const quoted = lost.map(({ column }) => `substr(quote("${column}"), 1, ${VALUE_CHARS}) AS "${column}"`);
  const [values] = tx.all<Record<string, string>>(
    sql.raw(`SELECT ${quoted.join(", ")} FROM "${table}" WHERE rowid = ${row}`),
  );
  return values ?? {};
}

/** A member that is over now may have been the last. */
function tellConvoy(tx: Tx, id: string, nowMs: number): void {
  const bead = theBead(tx).get({ id });
  if (!bead?.convoyId || !["closed", "failed", "cancelled"].includes(bead.status)) return;
  if (tx.select({ id: convoys.id }).from(convoys).where(eq(convoys.id, bead.convoyId)).get())
    memberEnded(tx, bead, nowMs);
}

export const listUnreadable = (tx: Tx, { limit, before }: Page): Unreadable[] =>
  tx
    .select()
    .from(unreadable)
    .where(before === undefined ? undefined : sql`${unreadable.id} < ${before}`)
    .orderBy(desc(unreadable.id))
    .limit(limit)
    .all();

/** What is never shown, readable or not: environments hold secrets. */
const SECRETS: ReadonlySet<string> = new Set(["env", "token_hash"]);

/** What stood there, for people. */
export const shownValues = ({ values }: Unreadable): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([column, value]) => [column, SECRETS.has(column) ? "***" : value]));

/** An operator has read it. @returns whether it was there */
export const dismissUnreadable = (tx: Tx, id: number): boolean =>
  tx.delete(unreadable).where(eq(unreadable.id, id)).returning({ id: unreadable.id }).get() !== undefined;
