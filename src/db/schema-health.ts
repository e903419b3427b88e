/** What is kept about the loop itself: its incidents, and its last eventful ticks. */
import { isNull, sql } from "drizzle-orm";
import { integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { Origin } from "../lib/origin.ts";
import { lenient } from "./lenient.ts";
import type { Change } from "./noting.ts";

/** When the loop, or what it keeps, was not well: one row from the first sign to the end of it. */
export const incidents = sqliteTable(
  "incidents",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    kind: text({ enum: ["stale", "late", "failing", "spinning", "stuck", "starved", "past_gate"] }).notNull(),
    openedAtMs: integer("opened_at_ms").notNull(),
    closedAtMs: integer("closed_at_ms"),
    cause: text().notNull(),
    hint: text().notNull(),
    evidence: lenient<Record<string, unknown>>({}).notNull(),
    /** Who or what ended it, as far as is known. */
    healedBy: text("healed_by"),
  },
  (t) => [uniqueIndex("incidents_open").on(t.kind).where(isNull(t.closedAtMs))],
);

/** The ticks in which something happened, the last of them; ticks that only renewed a lease are counted, not kept. */
export const ticks = sqliteTable("ticks", {
  tick: integer().primaryKey(),
  startedAtMs: integer("started_at_ms").notNull(),
  /** When its effects had settled too. */
  completedAtMs: integer("completed_at_ms"),
  record: text({ mode: "json" }).$type<TickRecord>().notNull(),
});

/** What stands of commands in a tick's record, as JSON; null: nothing, or the record is broken. */
export const commandsOf = sql<
  string | null
>`CASE WHEN json_valid(${ticks.record}) THEN ${ticks.record} -> '$.commands' END`;

/** What stood in a row and can't be read; the row itself goes on with something else in its place. */
export const unreadable = sqliteTable("unreadable", {
  id: integer().primaryKey({ autoIncrement: true }),
  tableName: text("table_name").notNull(),
  rowKey: text("row_key").notNull(),
  why: text().notNull(),
  /** By column, as SQLite writes it. */
  values: lenient<Record<string, string>>({}, undefined, "lost").notNull(),
  atMs: integer("at_ms").notNull(),
});

/** Null: it did not come by the Worker. */
export interface AskedCommand {
  command: string;
  origin: Origin | null;
}

export interface TickRecord {
  /** How late it began after it was due; null: it was not waited for. */
  latenessMs: number | null;
  facts: Record<string, number>;
  /** What was asked for, and applied. Left out: nothing. */
  commands?: AskedCommand[];
  /** `action target`: applied, or why not. */
  actions: { action: string; target: string; outcome: "applied" | "stale" | "failed" | "held"; why?: string }[];
  launched: { action: string; fence: number }[];
  settled: { action: string; fence: number; outcome: string }[];
  error: string | null;
  /** Rows that people see and it has changed, with those of passes before it that kept no tick. Left out: not known. */
  changed?: readonly Change[];
  rowsRead: number;
  rowsWritten: number;
}

export type Incident = typeof incidents.$inferSelect;
export type Unreadable = typeof unreadable.$inferSelect;
export type Tick = typeof ticks.$inferSelect;
