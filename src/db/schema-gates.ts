/** What keeps work from starting although an agent is free to do it. */
import { customType, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { clip } from "../lib/text.ts";
import { CODE_CHARS, MESSAGE_CHARS } from "../protocol/bounded.ts";
import type { FailureKind } from "../protocol/failures.ts";
import { damage, lenient } from "./lenient.ts";

/** Why something did not work: never without a message. */
export interface Failure {
  /** `withdrawn`: a gate was shut before it began. */
  kind: FailureKind | "withdrawn";
  code: string;
  message: string;
  atMs: number;
  /** Of an agent's or a provider's trouble: when the first of those in a row was met, this being the newest. */
  sinceMs?: number;
}

/** A failure of any length as one that fits wherever failures are stored, shown and told of. */
const fitting = (failure: Failure): Failure => ({
  ...failure,
  code: clip(String(failure.code), CODE_CHARS),
  message: clip(String(failure.message), MESSAGE_CHARS),
});

const UNREADABLE: Failure = {
  kind: "refused",
  code: "unreadable",
  message: "what is on record can't be read",
  atMs: 0,
};

/** Stored by an older release it may be of any size, or broken: it is read as far as it goes. */
export function readFailure(stored: unknown): Failure {
  try {
    const value = typeof stored === "string" ? (JSON.parse(stored) as unknown) : stored;
    return typeof value === "object" && value !== null ? fitting({ ...UNREADABLE, ...value }) : UNREADABLE;
  } catch {
    damage.seen = true;
    return UNREADABLE;
  }
}

/** A column that holds a failure as JSON, or null. */
export const failureText = customType<{ data: Failure; driverData: string }>({
  dataType: () => "text",
  toDriver: (failure) => JSON.stringify(fitting(failure)),
  fromDriver: readFailure,
});

/** Limits and bad credentials that all agents of a provider share. */
export const providers = sqliteTable("providers", {
  id: text().primaryKey(),
  troubles: integer().notNull().default(0),
  trouble: failureText(),
  /** Failures of its agents that may be their beads' as well; null: there are none to tell apart. */
  doubts: lenient<readonly Doubt[] | null>(null),
  /** No agent of it begins anything before this. */
  notBeforeMs: integer("not_before_ms").notNull().default(0),
});

/** Run time of a day, for each scope that has a budget: `town`, `rig r`, `bead b`. */
export const spending = sqliteTable(
  "spending",
  {
    /** Days since 1970, UTC. */
    day: integer().notNull(),
    scope: text().notNull(),
    ms: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.day, t.scope] })],
);

export interface Breaker {
  /** In a row. A success ends the row. */
  failures: number;
  /** Whose tries they were: one bead alone proves nothing against a host. */
  beads: string[];
  /** When the first of them was met. */
  sinceMs: number;
  /** The fence of the last of them. */
  fence: number;
  failure: Failure;
  /** How often it has opened: each time for longer. */
  trips: number;
  /** Nothing is tried before this; after it one try at a time. Null: too few failures to say so. */
  openUntilMs: number | null;
}

/** A host with little room, or none. */
export interface HostFull {
  /** Places, as far as is known. */
  free: number;
  /** What it lacks: `at_capacity`, `low_disk`. */
  code: string;
  message: string;
  sinceMs: number;
  /** How often it has refused since. */
  times: number;
  /** With none free: when one start may find out. Null: when something is heard. */
  untilMs: number | null;
}

/** As above. */
export const readBreaker = (stored: Breaker | null): Breaker | null =>
  stored && { ...stored, failure: readFailure(stored.failure) };

/** Landings of a rig, or pushes of its runs, that come to nothing one after the other. */
export interface RigTrouble {
  /** The newest, or the newest that a person must mend. */
  failure: Failure;
  /** When the first of them failed. */
  sinceMs: number;
  /** How often it was met. What was under way when it began, and met it too, adds nothing. */
  times: number;
  /** What its wait rises with: as `times`, but begun anew when an operator says that it is mended, and further on where it was known before. */
  waits: number;
  /** The fence of the newest attempt that failed. */
  fence: number;
  /** Whose attempts they were, newest last; the last ten. */
  beads: string[];
  /** The branch that the newest was to land on; null: the rig's default one. */
  landsOn: string | null;
  /** Nothing is tried before this. Null: too few failures to wait for, or it rests. */
  untilMs: number | null;
  /**
   * It keeps no bead waiting, and what is begun next tells how it stands: an operator says that it is mended (`asked`), or nothing
   * waits there, or a host has only seen it (`idle`). Null: it does not rest.
   */
  rests: "asked" | "idle" | null;
  /** While it rests: what had begun by then, up to this fence, does not tell how it stands now. */
  restsFence: number;
}

/** As above. What was written before `waits` was kept has one count for both. */
export const readTrouble = (stored: RigTrouble | null): RigTrouble | null =>
  stored && { ...NO_TROUBLE, ...{ waits: stored.times ?? 1 }, ...stored, failure: readFailure(stored.failure) };

const NO_TROUBLE = {
  sinceMs: 0,
  times: 1,
  fence: 0,
  beads: [],
  landsOn: null,
  untilMs: null,
  rests: null,
  restsFence: 0,
};

/** A run met a provider's limit, or was not let in, and nothing has told yet whether that is its bead's, its agent's or its provider's. */
export interface Doubt {
  bead: string;
  agent: string;
  kind: Failure["kind"];
  atMs: number;
  /** The bead had met it before, while others did well. */
  isRepeat: boolean;
  /** The two are not brought together again before this, nor is the bead with another agent of that provider. */
  untilMs: number;
}

/** The same as its bead keeps it. */
export interface Strike {
  agent: string;
  provider: string | null;
  kind: Failure["kind"];
  message: string;
  atMs: number;
  /** Others have done well since the one before it. */
  isFresh: boolean;
  /** Its agent, or its provider, failed other beads as well. */
  isExcused: boolean;
}

export type Provider = typeof providers.$inferSelect;

/** Whether an agent could work, as its host sees it. `unknown`: the host could not be asked, which keeps no agent from work. */
export interface Preflight {
  state: "pending" | "passed" | "failed" | "unknown";
  atMs: number;
  checks: { name: string; ok: boolean; detail: string; hint: string | null; code?: string | null | undefined }[];
}
