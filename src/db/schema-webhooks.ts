/** Who else is told of what happens, and what became of it. No town has any of these rows but one with webhooks: `counters.webhooks` knows. */
import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { WebhookEvent } from "../lib/webhook-events.ts";
import { lenient } from "./lenient.ts";

/** Why the town itself has disabled a webhook. */
export interface GivenUp {
  code: "gone" | "failing";
  message: string;
  atMs: number;
}

export const webhooks = sqliteTable("webhooks", {
  id: text().primaryKey(),
  url: text().notNull(),
  events: lenient<readonly WebhookEvent[]>([]).notNull(),
  /** A disabled one is told of nothing that happens meanwhile; what waited for it waits on. */
  enabled: integer({ mode: "boolean" }).notNull().default(true),
  /** `whsec_…`. Told once, and read for signing alone. */
  secret: text().notNull(),
  /** The one before, and until when deliveries are signed with it too. */
  formerSecret: text("former_secret"),
  formerUntilMs: integer("former_until_ms").notNull().default(0),
  /** Deliveries that failed one after the other, and when the first of them did. */
  failures: integer().notNull().default(0),
  failingSinceMs: integer("failing_since_ms"),
  /** Nothing is sent before this. */
  notBeforeMs: integer("not_before_ms").notNull().default(0),
  /** Null: the town has not given it up. */
  givenUp: lenient<GivenUp | null>(null, undefined, "given_up"),
  createdAtMs: integer("created_at_ms").notNull(),
});

/** One event for one webhook. */
export const webhookDeliveries = sqliteTable(
  "webhook_deliveries",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    webhookId: text("webhook_id").notNull(),
    type: text().notNull(),
    /** What is sent, to the byte, with each try. */
    body: text().notNull(),
    state: text({ enum: ["pending", "delivered", "failed"] })
      .notNull()
      .default("pending"),
    /** Those that ended. */
    tries: integer().notNull().default(0),
    /** While it is pending: the next try; while one is under way, when it is taken up again should that be lost. */
    nextAtMs: integer("next_at_ms").notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
    /** The last try: when, the status of its answer if there was one, and its beginning, or why there was none. */
    lastAtMs: integer("last_at_ms"),
    lastStatus: integer("last_status"),
    lastText: text("last_text"),
  },
  // What is due for whom?
  (t) => [index("webhook_deliveries_pending").on(t.webhookId, t.nextAtMs).where(sql`${t.state} = 'pending'`)],
);

/** What waits for a person, as webhooks were told of it last. One row, there only while somebody is told. */
export const webhookAttention = sqliteTable("webhook_attention", {
  id: integer().primaryKey(),
  items: lenient<readonly TellingItem[]>([]).notNull(),
});

/** An item of `attention`, as far as it is told. */
export interface TellingItem {
  key: string;
  kind: string;
  severity: string;
  target: { type: string; id: string };
  since: string | null;
  what: string;
  hint: string | null;
  command: string | null;
}

/** All that waits for a person now. */
export interface WaitingForPeople {
  items: readonly TellingItem[];
  /** Kinds of which there are more than stand here. */
  cut: ReadonlySet<string>;
}

export type Webhook = typeof webhooks.$inferSelect;
export type WebhookDelivery = typeof webhookDeliveries.$inferSelect;
