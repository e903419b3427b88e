/** Hosts on an operator's own machine: they can't be reached, so they dial in. */
import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { lenient } from "./lenient.ts";
import { type Breaker, type HostFull, readBreaker } from "./schema-gates.ts";

/** How a town's own host is called. */
export const OWN_HOST = "own";

/** A machine that is given a place dials within this time; no other is let in before. */
export const RESERVED_MS = 5 * 60_000;

/** Why a machine with a token of this town is not let in. */
export type HostRefusal = "host_elsewhere" | "token_replaced" | "protocol_unsupported";

/** A machine that dials again and again and is not let in. */
export interface RefusedHost {
  code: HostRefusal;
  bootId: string;
  sinceMs: number;
  /** Written down once in half a minute. */
  lastMs: number;
  times: number;
}

export const hosts = sqliteTable(
  "hosts",
  {
    id: text().primaryKey(),
    /** SHA-256 of its token, in hex; the token itself is told once and kept nowhere. */
    tokenHash: text("token_hash").notNull(),
    /** A disabled host is given no work; what it does now it may finish. */
    enabled: integer({ mode: "boolean" }).notNull().default(true),
    /** Since when it is connected. Null: it is not. */
    connectedAtMs: integer("connected_at_ms"),
    /** When it last came or went. */
    seenAtMs: integer("seen_at_ms"),
    bootId: text("boot_id"),
    /** The machine that dialled last and was not let in. Null: the last one was let in. */
    refused: lenient<RefusedHost | null>(null, undefined, "refused"),
    /** Which boot an operator has given its place to, until when no other is let in. */
    admits: lenient<{ bootId: string; untilMs: number } | null>(null, undefined, "admits"),
    /** Its consecutive failures, and until when nothing is asked of it because of them. Null: it is well. */
    breaker: lenient<Breaker | null>(null, readBreaker),
    /** How little room it has for runs. Null: enough, as far as is known. */
    full: lenient<HostFull | null>(null),
    createdAtMs: integer("created_at_ms").notNull(),
  },
  (t) => [
    // Who could be given work?
    index("hosts_connected").on(t.id).where(sql`${t.connectedAtMs} IS NOT NULL`),
    // Who fails again and again? Holds a row only for these.
    index("hosts_breaker").on(t.id).where(sql`${t.breaker} IS NOT NULL`),
  ],
);

/** Hosts that were taken away without waiting for their runs: what they say of these counts no more. */
export const removedHosts = sqliteTable("removed_hosts", {
  id: text().primaryKey(),
  /** The newest fence that it can have been asked for. A host that joins later by the same name has higher ones. */
  lastFence: integer("last_fence").notNull(),
});

export type JoinedHost = typeof hosts.$inferSelect;
