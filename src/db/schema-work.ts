/** The work itself: beads, what binds them, what was said about them. */
import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { Actor } from "../lib/origin.ts";
import { lenient } from "./lenient.ts";
import { failureText, type Strike } from "./schema-gates.ts";

export const beads = sqliteTable(
  "beads",
  {
    id: text().primaryKey(),
    /** Creation order within the town. */
    seq: integer().notNull(),
    rigId: text("rig_id").notNull(),
    title: text().notNull(),
    body: text().notNull(),
    /** An epic is over with its parts, a record is kept: neither is ever begun. */
    type: text({ enum: ["task", "bug", "chore", "review", "epic", "record"] }).notNull(),
    /** 0 is the most urgent. */
    priority: integer().notNull(),
    status: text({ enum: ["open", "in_progress", "in_review", "closed", "failed", "cancelled"] }).notNull(),
    /** When it is done, in the client's words. */
    acceptance: text().notNull().default(""),
    labels: text({ mode: "json" }).$type<string[]>().notNull().default([]),
    /** What other programs keep with it. */
    metadata: text({ mode: "json" }).$type<Record<string, unknown>>().notNull().default({}),
    parentId: text("parent_id"),
    convoyId: text("convoy_id"),
    /** Paths it is likely to change. */
    touches: text({ mode: "json" }).$type<string[]>().notNull().default([]),
    /** An operator wants it to wait: one more thing that blocks it. */
    hold: text({ mode: "json" }).$type<Hold>(),
    /**
     * Blockers not yet closed, and waits for parts of others; one more while it is held, while its convoy is, while its parent
     * waits, and for what is never begun. Kept by events, never counted by scanning.
     */
    blockedBy: integer("blocked_by").notNull().default(0),
    agentId: text("agent_id"),
    /** The fence of the newest attempt, live or not. */
    fence: integer(),
    /** Runs that ran and failed; the bead's attempt budget. */
    failures: integer().notNull().default(0),
    /** Consecutive infrastructure failures; they lengthen the backoff and cost no budget. */
    dispatchFailures: integer("dispatch_failures").notNull().default(0),
    /** Runs of this day (days since 1970, UTC) that ended without costing any budget: they are bounded too. */
    unpaidTries: integer("unpaid_tries").notNull().default(0),
    unpaidDay: integer("unpaid_day").notNull().default(0),
    /** Its runs that met what may be its own trouble, its agents' or their providers': the newest, since a run of it did well. */
    strikes: lenient<readonly Strike[] | null>(null),
    /** Landings that came back with a conflict or a failing gate. */
    reworks: integer().notNull().default(0),
    /** Stored backoff: not tried again before this. */
    notBeforeMs: integer("not_before_ms").notNull().default(0),
    lastFailure: failureText("last_failure"),
    branch: text(),
    head: text(),
    /** What its newest work is built on, as the host said. */
    base: text(),
    /** Where its next try begins. Null: with what the last one left, where nothing else says otherwise. */
    startFrom: text("start_from", { enum: ["main"] }),
    /** How it came to be closed, where nothing landed. */
    closedAs: text("closed_as", { enum: ["no_change"] }),
    /** The branch that its work starts from and lands on. Null: the rig's default branch. */
    landsOn: text("lands_on"),
    createdAtMs: integer("created_at_ms").notNull(),
    /** Whose command made it. Null: the town itself, or made before this was kept. */
    createdBy: lenient<Actor | null>(null, undefined, "created_by"),
    updatedAtMs: integer("updated_at_ms").notNull(),
    closedAtMs: integer("closed_at_ms"),
  },
  (t) => [
    // What is next for this rig? Of equals, what was tried least: one that comes back for ever does not keep the first place.
    index("beads_ready")
      .on(t.rigId, t.priority, t.unpaidTries, t.seq)
      .where(sql`${t.status} = 'open' AND ${t.blockedBy} = 0`),
    // What waits to land?
    index("beads_review").on(t.rigId, t.priority, t.seq).where(sql`${t.status} = 'in_review'`),
    // When does the next backoff end?
    index("beads_waiting")
      .on(t.notBeforeMs)
      .where(sql`${t.notBeforeMs} > 0 AND ${t.status} IN ('open', 'in_progress', 'in_review')`),
    // What is tried again and again to no end? Holds a row only for as long as that goes on.
    index("beads_spinning").on(t.dispatchFailures).where(sql`${t.dispatchFailures} >= 5`),
    // Which wait for a person, come back again and again, or are held? Each holds a row only for those.
    index("beads_reworked")
      .on(t.updatedAtMs)
      .where(sql`${t.reworks} >= 2 AND ${t.status} IN ('open', 'in_progress', 'in_review')`),
    index("beads_held").on(t.seq).where(sql`${t.hold} IS NOT NULL`),
    index("beads_parked").on(t.closedAtMs, t.seq).where(sql`${t.status} = 'failed'`),
    // What was cancelled that others may still wait for?
    index("beads_cancelled").on(t.closedAtMs, t.seq).where(sql`${t.status} = 'cancelled'`),
    // What is open beside what is ready, and what is no work? For lists and counts; what nothing keeps waiting has no row in either.
    index("beads_blocked").on(t.seq).where(sql`${t.status} = 'open' AND ${t.blockedBy} <> 0`),
    index("beads_records").on(t.status).where(sql`${t.type} = 'record'`),
    // Whose children, and whose members? Each holds a row only for beads that have a parent or a convoy.
    index("beads_parent").on(t.parentId).where(sql`${t.parentId} IS NOT NULL`),
    index("beads_convoy").on(t.convoyId, t.seq).where(sql`${t.convoyId} IS NOT NULL`),
    // Lists, newest first, and pages of them.
    uniqueIndex("beads_seq").on(t.seq),
  ],
);

export const beadDependencies = sqliteTable(
  "bead_dependencies",
  {
    beadId: text("bead_id").notNull(),
    blockerId: text("blocker_id").notNull(),
    /** `blocks` keeps a bead waiting, `waits-for` does for the other's parts (all of them, or any); the others say how two belong together. */
    type: text({ enum: ["blocks", "related", "discovered-from", "waits-for", "waits-for-any"] })
      .notNull()
      .default("blocks"),
  },
  (t) => [
    primaryKey({ columns: [t.beadId, t.blockerId] }),
    // Whom does closing this bead unblock?
    index("bead_dependencies_blocker").on(t.blockerId),
  ],
);

/** Lines of an import that are about something else than an issue: kept as they came, to go out again. */
export const importedLines = sqliteTable(
  "imported_lines",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    rigId: text("rig_id").notNull(),
    /** Its `_type`, such as `memory`. */
    type: text().notNull(),
    /** What tells it from others of its type. */
    key: text().notNull(),
    text: text().notNull(),
    atMs: integer("at_ms").notNull(),
  },
  (t) => [uniqueIndex("imported_lines_key").on(t.rigId, t.type, t.key)],
);

/** What people and landings wrote on a bead. The next agent reads it. */
export const beadNotes = sqliteTable(
  "bead_notes",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    beadId: text("bead_id").notNull(),
    atMs: integer("at_ms").notNull(),
    kind: text({
      enum: [
        "conflict",
        "gate_failed",
        "past_gate",
        "landing",
        "declined",
        "no_change",
        "agent_failed",
        "parked",
        "cancelled",
        "stopped",
        "retried",
        "given_back",
        "refused_report",
        "edited",
        "held",
        "unheld",
        "dependencies",
        "reopened",
        "convoy",
        "nudged",
        "escalated",
        "stalled",
      ],
    }).notNull(),
    text: text().notNull(),
    /** Whose command wrote it. Null: the town, a run or a landing. */
    by: lenient<Actor | null>(null),
  },
  (t) => [index("bead_notes_bead").on(t.beadId)],
);

/** Beads that belong together: watched, held and closed as one. */
export const convoys = sqliteTable(
  "convoys",
  {
    id: text().primaryKey(),
    /** Creation order within the town. */
    seq: integer().notNull(),
    title: text().notNull(),
    state: text({ enum: ["held", "running", "closed", "cancelled"] }).notNull(),
    /** What a failed or cancelled member means for those that wait for it: `block` keeps them, `continue` frees them. */
    onFailure: text("on_failure", { enum: ["block", "continue"] }).notNull(),
    /** Where its members land, before all of it lands at once. Null: each on the rig's default branch. */
    branch: text(),
    /** The newest commit of that branch which no bead has been made to land yet. */
    head: text(),
    createdAtMs: integer("created_at_ms").notNull(),
    closedAtMs: integer("closed_at_ms"),
  },
  // Whose branch is this? Holds a row only for those that have one.
  (t) => [index("convoys_branch").on(t.branch).where(sql`${t.branch} IS NOT NULL`)],
);

/** Who wants a bead to wait, and why. */
export interface Hold {
  by: string;
  why: string;
  sinceMs: number;
}

export type Bead = typeof beads.$inferSelect;
export type Convoy = typeof convoys.$inferSelect;
export type BeadNote = typeof beadNotes.$inferSelect;
