/**
 * One town, one database. Every row type in the program derives from these tables.
 * Times are epoch milliseconds. Each index costs a written row, so each says which question it answers.
 */
import { isNull, sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { Settings } from "../lib/settings.ts";
import type { FailureKind } from "../ports/protocol.ts";

/** One row. Counters, settings and the loop's own record. */
export const town = sqliteTable("town", {
  id: integer().primaryKey(),
  name: text().notNull(),
  createdAtMs: integer("created_at_ms").notNull(),
  settings: text({ mode: "json" }).$type<Settings>().notNull(),
  /** Fences rise within the town: an attempt on any bead is newer than every attempt before it. */
  lastFence: integer("last_fence").notNull().default(0),
  lastBead: integer("last_bead").notNull().default(0),
  pollStartedAtMs: integer("poll_started_at_ms"),
  pollCompletedAtMs: integer("poll_completed_at_ms"),
  ticks: integer().notNull().default(0),
  /** Ticks in a row that threw, or in which a rule or action did. */
  errorStreak: integer("error_streak").notNull().default(0),
  lastError: text("last_error"),
  nextWakeAtMs: integer("next_wake_at_ms"),
  /** The clock as it was last read: a clock can go back. */
  clockMs: integer("clock_ms").notNull().default(0),
  /** received = applied + discarded + rows in `events` (pending or quarantined). */
  eventsReceived: integer("events_received").notNull().default(0),
  eventsApplied: integer("events_applied").notNull().default(0),
  eventsDiscarded: integer("events_discarded").notNull().default(0),
});

export const rigs = sqliteTable("rigs", {
  id: text().primaryKey(),
  repoUrl: text("repo_url").notNull(),
  defaultBranch: text("default_branch").notNull(),
  /** Must exit 0 on the merged result before it is pushed. Null: no gate. */
  gate: text({ mode: "json" }).$type<string[]>(),
  maxGateMs: integer("max_gate_ms").notNull(),
  createdAtMs: integer("created_at_ms").notNull(),
});

export const agents = sqliteTable(
  "agents",
  {
    id: text().primaryKey(),
    rigId: text("rig_id").notNull(),
    role: text({ enum: ["worker", "merger"] }).notNull(),
    command: text({ mode: "json" }).$type<string[]>().notNull(),
    env: text({ mode: "json" }).$type<Record<string, string>>().notNull(),
    maxRunMs: integer("max_run_ms").notNull(),
    /** `starting` is a claim, not a fact: it is written before the host is asked. */
    status: text({ enum: ["idle", "starting", "working", "stopping"] })
      .notNull()
      .default("idle"),
    /** The hook. It survives a rolled-back dispatch. */
    beadId: text("bead_id"),
    /** Of the live attempt; null while idle. */
    fence: integer(),
    /** Failures in a row that are this agent's own: its provider's limit, its credentials, its command. */
    troubles: integer().notNull().default(0),
    /** The last of them; null once a run of it did well. */
    trouble: text({ mode: "json" }).$type<Failure>(),
    /** Cooling down after one: gets no work before this. */
    notBeforeMs: integer("not_before_ms").notNull().default(0),
    createdAtMs: integer("created_at_ms").notNull(),
  },
  (t) => [
    // Who could take work, and who waits on a hook to try again.
    index("agents_idle").on(t.rigId, t.beadId).where(sql`${t.status} = 'idle'`),
    // When has the next one cooled down?
    index("agents_cooling").on(t.notBeforeMs).where(sql`${t.notBeforeMs} > 0`),
  ],
);

export const beads = sqliteTable(
  "beads",
  {
    id: text().primaryKey(),
    /** Creation order within the town. */
    seq: integer().notNull(),
    rigId: text("rig_id").notNull(),
    title: text().notNull(),
    body: text().notNull(),
    type: text({ enum: ["task", "bug", "chore", "review"] }).notNull(),
    /** 0 is the most urgent. */
    priority: integer().notNull(),
    status: text({ enum: ["open", "in_progress", "in_review", "closed", "failed", "cancelled"] }).notNull(),
    /** Blockers not yet closed; kept by events, never counted by scanning. */
    blockedBy: integer("blocked_by").notNull().default(0),
    agentId: text("agent_id"),
    /** Of the newest attempt, live or not. */
    fence: integer(),
    /** Runs that ran and failed; the bead's attempt budget. */
    failures: integer().notNull().default(0),
    /** Infrastructure failures in a row; they lengthen the backoff and cost no budget. */
    dispatchFailures: integer("dispatch_failures").notNull().default(0),
    /** Landings that came back with a conflict or a failing gate. */
    reworks: integer().notNull().default(0),
    /** Stored backoff: not tried again before this. */
    notBeforeMs: integer("not_before_ms").notNull().default(0),
    lastFailure: text("last_failure", { mode: "json" }).$type<Failure>(),
    branch: text(),
    head: text(),
    createdAtMs: integer("created_at_ms").notNull(),
    updatedAtMs: integer("updated_at_ms").notNull(),
    closedAtMs: integer("closed_at_ms"),
  },
  (t) => [
    // What is next for this rig?
    index("beads_ready").on(t.rigId, t.priority, t.seq).where(sql`${t.status} = 'open' AND ${t.blockedBy} = 0`),
    // What waits to land?
    index("beads_review").on(t.rigId, t.priority, t.seq).where(sql`${t.status} = 'in_review'`),
    // When does the next backoff end?
    index("beads_waiting")
      .on(t.notBeforeMs)
      .where(sql`${t.notBeforeMs} > 0 AND ${t.status} IN ('open', 'in_progress', 'in_review')`),
    // Lists, newest first, and pages of them.
    uniqueIndex("beads_seq").on(t.seq),
  ],
);

export const beadDependencies = sqliteTable(
  "bead_dependencies",
  {
    beadId: text("bead_id").notNull(),
    blockerId: text("blocker_id").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.beadId, t.blockerId] }),
    // Whom does closing this bead unblock?
    index("bead_dependencies_blocker").on(t.blockerId),
  ],
);

/** What people and landings wrote on a bead. The next agent reads it. */
export const beadNotes = sqliteTable(
  "bead_notes",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    beadId: text("bead_id").notNull(),
    atMs: integer("at_ms").notNull(),
    kind: text({
      enum: ["conflict", "gate_failed", "agent_failed", "parked", "cancelled", "stopped", "retried", "refused_report"],
    }).notNull(),
    text: text().notNull(),
  },
  (t) => [index("bead_notes_bead").on(t.beadId)],
);

/** The states in which an attempt holds its bead and its agent, in step with `isLive`. */
const live = sql`state IN ('starting', 'running', 'stopping')`;

/** The journal: one row per try, never rewritten, only advanced. */
export const attempts = sqliteTable(
  "attempts",
  {
    fence: integer().primaryKey(),
    kind: text({ enum: ["run", "landing"] }).notNull(),
    rigId: text("rig_id").notNull(),
    beadId: text("bead_id").notNull(),
    /** Null for a landing. */
    agentId: text("agent_id"),
    /**
     * `released`: given back by the town, and it may yet report. `failed`: it ran and failed. `stopping`: somebody called
     * it off, and it holds its agent until the host says that it is gone; then `stopped`.
     */
    state: text({
      enum: ["starting", "running", "stopping", "finished", "failed", "released", "stopped"],
    }).notNull(),
    startedAtMs: integer("started_at_ms").notNull(),
    /** When the host first agreed, or its heartbeat proved it. */
    acceptedAtMs: integer("accepted_at_ms"),
    /** Which boot of the host agreed. */
    hostBootId: text("host_boot_id"),
    endedAtMs: integer("ended_at_ms"),
    /** Silence until here is fine. Of a released one: when it is dead for certain, since hosts end their silent runs. */
    leaseUntilMs: integer("lease_until_ms").notNull(),
    /** Boot id and sequence number of the last report, so that a repeat is told from news. */
    lastBootId: text("last_boot_id"),
    lastSeq: integer("last_seq"),
    agentActiveAtMs: integer("agent_active_at_ms"),
    progress: text(),
    failure: text({ mode: "json" }).$type<Failure>(),
    branch: text(),
    head: text(),
    outputTail: text("output_tail"),
  },
  (t) => [
    // S1: at most one live run per bead and per agent, whatever the code above believes.
    uniqueIndex("attempts_live_bead").on(t.beadId).where(live),
    uniqueIndex("attempts_live_agent").on(t.agentId).where(live),
    // Landings are serial per rig.
    uniqueIndex("attempts_live_landing").on(t.rigId).where(sql`kind = 'landing' AND ${live}`),
    // Whose lease ends next?
    index("attempts_lease").on(t.leaseUntilMs).where(live),
    // The history of one bead.
    index("attempts_bead").on(t.beadId, t.fence),
  ],
);

/** The end of what a run printed, in pieces as they came. The whole stays with its host. */
export const attemptLogs = sqliteTable(
  "attempt_logs",
  {
    fence: integer().notNull(),
    /** The report's own number. */
    seq: integer().notNull(),
    atMs: integer("at_ms").notNull(),
    text: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.fence, t.seq] })],
);

/** The asynchronous part of an action, written before it runs, deleted in the transaction that settles it. */
export const effects = sqliteTable("effects", {
  id: integer().primaryKey({ autoIncrement: true }),
  action: text().notNull(),
  payload: text({ mode: "json" }).$type<unknown>().notNull(),
  fence: integer().notNull(),
  /** How often it was started. More than once only when its runner died. */
  tries: integer().notNull().default(0),
  /** When to run it; while it runs, when to run it again should the runner die: the dead-man. */
  dueAtMs: integer("due_at_ms").notNull(),
});

/** Facts that could not be applied at once. An applied fact leaves only its count. */
export const events = sqliteTable(
  "events",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    type: text().notNull(),
    payload: text({ mode: "json" }).$type<unknown>().notNull(),
    receivedAtMs: integer("received_at_ms").notNull(),
    tries: integer().notNull(),
    dueAtMs: integer("due_at_ms").notNull(),
    error: text(),
    /** Set when it was tried too often: kept for a person to look at, and in nobody's way. */
    quarantinedAtMs: integer("quarantined_at_ms"),
  },
  (t) => [index("events_due").on(t.dueAtMs).where(isNull(t.quarantinedAtMs))],
);

/** Why something did not work: never without a message. */
export interface Failure {
  kind: FailureKind;
  code: string;
  message: string;
  atMs: number;
}

export type TownRow = typeof town.$inferSelect;
export type Rig = typeof rigs.$inferSelect;
export type Agent = typeof agents.$inferSelect;
export type Bead = typeof beads.$inferSelect;
export type Attempt = typeof attempts.$inferSelect;
export type Effect = typeof effects.$inferSelect;
export type BeadNote = typeof beadNotes.$inferSelect;
