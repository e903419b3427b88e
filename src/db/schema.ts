/**
 * One town, one database. Every row type in the program derives from these tables.
 * Times are epoch milliseconds. Each index costs a written row, so each says which question it answers.
 */
import { isNull, type SQL, sql } from "drizzle-orm";
import {
  type AnySQLiteColumn,
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";
import type { Program } from "../agents/index.ts";
import type { Step, Usage } from "../agents/said.ts";
import type { Origin } from "../lib/origin.ts";
import { readPruning } from "../lib/retention.ts";
import { defaultSettings, readSettings, type Settings } from "../lib/settings.ts";
import { lenient } from "./lenient.ts";
import { ANYTHING, type Change } from "./noting.ts";
import { type Breaker, type Doubt, failureText, type HostFull, type Preflight, readBreaker } from "./schema-gates.ts";
import type { Pause } from "./schema-rigs.ts";

/** It was paused with words that can't be read: it stays so until an operator resumes it. */
const UNREADABLE_PAUSE: Pause = {
  by: "townkeeper",
  why: "who paused it, and why, can't be read",
  sinceMs: 0,
  untilMs: null,
};

/** One row. Counters, settings and the loop's own record. */
export const town = sqliteTable("town", {
  id: integer().primaryKey(),
  name: text().notNull(),
  createdAtMs: integer("created_at_ms").notNull(),
  /** Since when it is no town any more, though its rows are kept for a while. Null: it is one. */
  removedAtMs: integer("removed_at_ms"),
  /** Who made it, and how that came. Null: that was not kept. */
  createdBy: lenient<Origin | null>(null, undefined, "created_by"),
  /** A setting that is younger than the town has its default. */
  settings: lenient<Settings>(defaultSettings, readSettings).notNull(),
  /** Fences rise within the town: an attempt on any bead is newer than every attempt before it. */
  lastFence: integer("last_fence").notNull().default(0),
  lastBead: integer("last_bead").notNull().default(0),
  /** Effects are numbered within the town, and no number comes twice: a late outcome never settles another one. */
  lastEffect: integer("last_effect").notNull().default(0),
  pollStartedAtMs: integer("poll_started_at_ms"),
  pollCompletedAtMs: integer("poll_completed_at_ms"),
  ticks: integer().notNull().default(0),
  /** Consecutive ticks that threw, or in which a rule or action did. */
  errorStreak: integer("error_streak").notNull().default(0),
  lastError: text("last_error"),
  nextWakeAtMs: integer("next_wake_at_ms"),
  /** The clock as it was last read: a clock can go back. */
  clockMs: integer("clock_ms").notNull().default(0),
  /** Which checks its rows were last looked through by: another release may know other values. */
  checkedAs: text("checked_as"),
  /** The last tick in which nothing threw. */
  pollSucceededAtMs: integer("poll_succeeded_at_ms"),
  /** Nothing new starts while this stands; what runs goes on. Null: not paused. */
  paused: lenient<Pause | null>(null, undefined, "", UNREADABLE_PAUSE),
  /** No new runs; what runs comes to its end and lands. */
  draining: integer({ mode: "boolean" }).notNull().default(false),
  /** Planned actions that came to nothing, by action and target; mostly empty. */
  repeats: lenient<Repeats>({}).notNull().default({}),
  /** Since when ready beads and free agents have stood beside each other with nothing started. */
  starvingSinceMs: integer("starving_since_ms"),
  /** What happened how often, for the metrics; and how many `webhooks` there are: mostly none, and then no pass looks for them. */
  counters: lenient<Record<string, number>>({}).notNull().default({}),
  /** Consecutive failures of its own host, and until when nothing is tried because of them. Null: that host is well. */
  breaker: lenient<Breaker | null>(null, readBreaker),
  /** How little room its own host has for runs. Null: enough, as far as is known. */
  full: lenient<HostFull | null>(null),
  /** How many rigs and agents are paused, and how many incidents are open: mostly none, and then no pass looks for them. */
  pauses: integer().notNull().default(0),
  /** How many rigs are in trouble with their landings, and with their runs' pushes: mostly none. */
  rigTroubles: integer("rig_troubles").notNull().default(0),
  openIncidents: integer("open_incidents").notNull().default(0),
  /** How far history has been pruned, and what is due next. Null: never yet. */
  pruning: lenient(null, readPruning),
  /** What people see and passes have changed that kept no tick, since the last one that did. */
  unkept: lenient<readonly Change[]>([], undefined, "", [ANYTHING]).notNull().default([]),
  /** received = applied + discarded + rows in `events` (pending or quarantined). */
  eventsReceived: integer("events_received").notNull().default(0),
  eventsApplied: integer("events_applied").notNull().default(0),
  eventsDiscarded: integer("events_discarded").notNull().default(0),
});

/** An agent that is not simply at work or free: paused, cooling down, in trouble, or idle on a hook. SQLite uses the index only where a query says the same. */
export const agentNeedsAttention = (
  t: Record<"paused" | "notBeforeMs" | "troubles" | "status" | "beadId", AnySQLiteColumn>,
): SQL =>
  sql`(${t.paused} IS NOT NULL OR ${t.notBeforeMs} > 0 OR ${t.troubles} > 0 OR (${t.status} = 'idle' AND ${t.beadId} IS NOT NULL))`;

export const agents = sqliteTable(
  "agents",
  {
    id: text().primaryKey(),
    rigId: text("rig_id").notNull(),
    /** Who does what: any word. A `merger` is given no beads. */
    role: text().notNull(),
    /** Empty: its preset's. */
    command: text({ mode: "json" }).$type<string[]>().notNull(),
    /** Which tool it is, and how it is run. Null: just a command. */
    program: text({ mode: "json" }).$type<Program>(),
    env: text({ mode: "json" }).$type<Record<string, string>>().notNull(),
    /** Where its further tries at a bead begin. Null: with what the last one left. */
    startFrom: text("start_from", { enum: ["main"] }),
    maxRunMs: integer("max_run_ms").notNull(),
    /** `starting` is a claim, not a fact: it is written before the host is asked. */
    status: text({ enum: ["idle", "starting", "working", "stopping"] })
      .notNull()
      .default("idle"),
    /** The hook. It survives a rolled-back dispatch. */
    beadId: text("bead_id"),
    /** The fence of the live attempt; null while idle. */
    fence: integer(),
    /** A disabled agent gets no work; what it does now it may finish. */
    enabled: integer({ mode: "boolean" }).notNull().default(true),
    /** Begins nothing while this stands. */
    paused: text({ mode: "json" }).$type<Pause>(),
    /** Agents of one provider share its limits and its credentials. Null: it has its own. */
    provider: text(),
    /** The fence of its newest attempt, live or not: who was served last. */
    lastFence: integer("last_fence").notNull().default(0),
    /** Consecutive failures that are this agent's own: its provider's limit, its credentials, its command. */
    troubles: integer().notNull().default(0),
    /** The last of them; null once a run of it did well. */
    trouble: failureText(),
    /** Doubts about its own runs, and those of other agents of its provider. Null: nothing is to be told apart. */
    doubts: lenient<readonly Doubt[] | null>(null),
    /** When a run of it last came to an end of its own. */
    wellAtMs: integer("well_at_ms").notNull().default(0),
    /** What its host found before it was to spend anything. Null: no host has looked. */
    preflight: text({ mode: "json" }).$type<Preflight>(),
    /** Cooling down after one: gets no work before this. */
    notBeforeMs: integer("not_before_ms").notNull().default(0),
    createdAtMs: integer("created_at_ms").notNull(),
  },
  (t) => [
    // Who could take work?
    index("agents_idle").on(t.rigId, t.beadId, t.id).where(sql`${t.status} = 'idle'`),
    // Who belongs to this rig? Written once, when the agent is added.
    index("agents_rig").on(t.rigId),
    // Agents on a hook, cooling down, paused or in trouble: mostly there are none, so one probe answers four questions.
    index("agents_aside").on(t.id).where(agentNeedsAttention(t)),
  ],
);

/**
 * The attempts that hold their bead and their agent, in step with `isLive`: those that have not ended. By that column, since
 * an index is written anew with each column that its condition names, and an attempt changes its state while it lives.
 */
const live = sql`ended_at_ms IS NULL`;

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
     * `released`: given back by the town, and it may yet report. `failed`: it ran and failed. `stopping`: it was called
     * off, and it holds its agent until the host says that it is gone; then `stopped`.
     */
    state: text({
      enum: ["starting", "running", "stopping", "finished", "failed", "released", "stopped"],
    }).notNull(),
    startedAtMs: integer("started_at_ms").notNull(),
    /** When the host first agreed, or its heartbeat proved it. */
    acceptedAtMs: integer("accepted_at_ms"),
    /** The joined host that was asked, and is asked again while the attempt lives. Null: the town's own. */
    hostId: text("host_id"),
    /** Which boot of the host agreed. */
    hostBootId: text("host_boot_id"),
    /** Null for as long as it is starting, running or stopping: then it is live. */
    endedAtMs: integer("ended_at_ms"),
    /** Silence until here is fine. Of a released one: when it is dead for certain, since hosts end their silent runs. */
    leaseUntilMs: integer("lease_until_ms").notNull(),
    /** Boot id and sequence number of the last report, so that a repeat is told from news. */
    lastBootId: text("last_boot_id"),
    lastSeq: integer("last_seq"),
    agentActiveAtMs: integer("agent_active_at_ms"),
    /** When a report of it was refused for the first time: that is on record, and the next ones add nothing. */
    refusedAtMs: integer("refused_at_ms"),
    /**
     * What its host was told, once and for good: after how much silence it ends the attempt, how often it reports, and how long
     * the run, or the landing's gate, may take. A setting that changes holds for what begins later. Null: begun before this was kept.
     */
    leaseMs: integer("lease_ms"),
    heartbeatMs: integer("heartbeat_ms"),
    limitMs: integer("limit_ms"),
    /** How far its silence has been answered: 0 not at all, 1 nudged, 2 escalated, 3 stopped. */
    stall: integer().notNull().default(0),
    /** What it has cost the budgets of its day so far: reserved at first, its real length once it is over. */
    chargedMs: integer("charged_ms").notNull().default(0),
    progress: text(),
    /** The newest plan, tool and message of its agent. */
    step: text({ mode: "json" }).$type<Step>(),
    /** Tokens and cost, where its program told. */
    usage: text({ mode: "json" }).$type<Usage>(),
    failure: failureText(),
    branch: text(),
    head: text(),
    outputTail: text("output_tail"),
  },
  (t) => [
    // S1: at most one live run per bead and per agent, also where the code above errs.
    uniqueIndex("attempts_live_bead").on(t.beadId).where(live),
    uniqueIndex("attempts_live_agent").on(t.agentId).where(sql`${live} AND agent_id IS NOT NULL`),
    // As many landings of a rig as it allows: how many there are is one look.
    index("attempts_live_landing").on(t.rigId).where(sql`kind = 'landing' AND ${live}`),
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
  /** Counted by the town, see `lastEffect`. */
  id: integer().primaryKey(),
  action: text().notNull(),
  payload: text({ mode: "json" }).$type<unknown>().notNull(),
  /** Of the attempt that it is about. 0: it is about none. */
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
    /** Set when it was tried too often: kept for a person to look at, and blocks nothing. */
    quarantinedAtMs: integer("quarantined_at_ms"),
  },
  (t) => [index("events_due").on(t.dueAtMs).where(isNull(t.quarantinedAtMs))],
);

export type Repeats = Record<
  string,
  { times: number; sinceMs: number; lastTick: number; notBeforeMs: number; why: string }
>;

export * from "./schema-audit.ts";
export * from "./schema-gates.ts";
export * from "./schema-health.ts";
export * from "./schema-hosts.ts";
export * from "./schema-rigs.ts";
export * from "./schema-webhooks.ts";
export * from "./schema-work.ts";

export type TownRow = typeof town.$inferSelect;
export type Agent = typeof agents.$inferSelect;
export type Attempt = typeof attempts.$inferSelect;
export type Effect = typeof effects.$inferSelect;
