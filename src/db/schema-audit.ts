/**
 * What is kept of commands: who asked for what, longer than their ticks are; what was answered to those that may come twice; and what
 * they took out of the town, so that it can be had back.
 */
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { lenient } from "./lenient.ts";
import type { AskedCommand } from "./schema-health.ts";

/** The commands of ticks that are kept no more. */
export const audit = sqliteTable("audit", {
  id: integer().primaryKey(),
  tick: integer().notNull(),
  atMs: integer("at_ms").notNull(),
  commands: lenient<readonly AskedCommand[]>([]).notNull(),
});

/** Commands that came with an `Idempotency-Key`, for as long as they may be sent again. */
export const answers = sqliteTable(
  "answers",
  {
    /** Who asked, and the key. */
    key: text().primaryKey(),
    /** SHA-256 of what was asked for. */
    print: text().notNull(),
    atMs: integer("at_ms").notNull(),
    /** As JSON. Null: it was too large to keep. */
    answer: text(),
  },
  // Which are over?
  (t) => [index("answers_at").on(t.atMs)],
);

/** What was removed last by each name. Rows of the town's own tables, so what an agent is started with is in it. */
export const removals = sqliteTable(
  "removals",
  {
    kind: text({ enum: ["agent", "rig", "convoy"] }).notNull(),
    name: text().notNull(),
    atMs: integer("at_ms").notNull(),
    /** As it stood. */
    row: lenient<Record<string, unknown>>({}).notNull(),
    /** Of a convoy: its members. */
    members: lenient<readonly { id: string; landsOn: string | null }[]>([]).notNull(),
  },
  (t) => [primaryKey({ columns: [t.kind, t.name] })],
);

export type Removal = typeof removals.$inferSelect;
