/** What is told, one row for each webhook and event: written with the fact itself, and kept until it is delivered or given up. */
import { and, desc, eq, lt, lte, sql } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import type { Page } from "../db/page.ts";
import { type TownRow, type Webhook, type WebhookDelivery, webhookDeliveries, webhooks } from "../db/schema.ts";
import { atMost, prepared, slot } from "../db/statements.ts";
import type { StepContext } from "../db/step.ts";
import { guard, refusal } from "../lib/guard.ts";
import { clip, quoted } from "../lib/text.ts";
import { earliest, iso } from "../lib/time.ts";
import {
  DELIVERIES_KEPT,
  DELIVERIES_KEPT_MS,
  DOWN_AFTER,
  type Happened,
  isGivenUp,
  MAX_PENDING,
  nextTryInMs,
  restMs,
} from "../lib/webhook-events.ts";
import { changeWebhook, giveUpWebhook, listWebhooks, webhookOf } from "./subscriptions.ts";

/** Of what a receiver answered: it may be anything, and people look at it. */
const TEXT_CHARS = 300;

/** So many of the oldest are looked at with each new one, for their age. */
const LOOKED_AT = 20;

/** One more for this webhook; what is too old, or too much, goes with it. */
export function addDelivery(tx: Tx, webhookId: string, town: TownRow, { type, data }: Happened, nowMs: number) {
  const body = JSON.stringify({ type, timestamp: iso(nowMs), data: { town: town.name, ...data } });
  const made = tx
    .insert(webhookDeliveries)
    .values({ webhookId, type, body, nextAtMs: nowMs, createdAtMs: nowMs })
    .returning()
    .get();
  const oldest = sql`${webhookDeliveries.id} IN (SELECT id FROM webhook_deliveries ORDER BY id LIMIT ${sql.raw(String(LOOKED_AT))})`;
  const isOver = sql`${webhookDeliveries.state} <> 'pending'`;
  tx.delete(webhookDeliveries)
    .where(and(isOver, lte(webhookDeliveries.id, made.id - DELIVERIES_KEPT)))
    .run();
  tx.delete(webhookDeliveries)
    .where(and(isOver, oldest, lt(webhookDeliveries.createdAtMs, nowMs - DELIVERIES_KEPT_MS)))
    .run();
  dropOverflow(tx, webhookId, nowMs);
  return made;
}

/** A receiver that is away for long would fill the town's storage: the oldest that wait are given up, and listed as such. */
function dropOverflow(tx: Tx, webhookId: string, nowMs: number): void {
  const isPending = and(eq(webhookDeliveries.webhookId, webhookId), sql`${webhookDeliveries.state} = 'pending'`);
  const { n } = tx.get<{ n: number }>(sql`SELECT count(*) AS n FROM ${webhookDeliveries} WHERE ${isPending}`);
  if (n <= MAX_PENDING) return;
  const lastText = `given up: more than ${MAX_PENDING} waited for this webhook`;
  tx.update(webhookDeliveries)
    .set({ state: "failed", lastAtMs: nowMs, lastText })
    .where(
      sql`${webhookDeliveries.id} IN (SELECT id FROM webhook_deliveries WHERE ${isPending} ORDER BY id LIMIT ${n - MAX_PENDING})`,
    )
    .run();
}

const firstDue = prepared((tx) =>
  tx
    .select({ id: webhookDeliveries.id, nextAtMs: webhookDeliveries.nextAtMs })
    .from(webhookDeliveries)
    .where(and(eq(webhookDeliveries.webhookId, slot<string>("webhook")), sql`${webhookDeliveries.state} = 'pending'`))
    .orderBy(webhookDeliveries.nextAtMs, webhookDeliveries.id)
    .limit(atMost(1))
    .prepare(),
);

export interface Due {
  webhook: string;
  delivery: number;
  atMs: number;
}

/** For each enabled webhook that nothing is sent to now: what it is told next, and when. */
export const nextDeliveries = (tx: Tx, isFree: (webhook: string) => boolean): Due[] =>
  listWebhooks(tx).flatMap(({ id: webhook, enabled, notBeforeMs }) => {
    const first = enabled && isFree(webhook) ? firstDue(tx).get({ webhook }) : undefined;
    return first ? [{ webhook, delivery: first.id, atMs: Math.max(notBeforeMs, first.nextAtMs) }] : [];
  });

export const nextDeliveryMs = (tx: Tx, isFree: (webhook: string) => boolean): number | null =>
  earliest(...nextDeliveries(tx, isFree).map(({ atMs }) => atMs));

const theDelivery = (tx: Tx, id: number): WebhookDelivery | undefined =>
  tx.select().from(webhookDeliveries).where(eq(webhookDeliveries.id, id)).get();

const set = (tx: Tx, id: number, change: Partial<WebhookDelivery>): void => {
  tx.update(webhookDeliveries).set(change).where(eq(webhookDeliveries.id, id)).run();
};

/** What is sent, and to whom. @throws Stale if it is over, or its webhook is gone or disabled */
export function pendingDelivery(tx: Tx, id: number): { webhook: Webhook; delivery: WebhookDelivery } {
  const delivery = guard(theDelivery(tx, id), "the delivery is gone");
  guard(delivery.state === "pending" ? delivery : undefined, `it is ${delivery.state} already`);
  const webhook = guard(webhookOf(tx, delivery.webhookId), "its webhook was removed");
  return { delivery, webhook: guard(webhook.enabled ? webhook : undefined, "its webhook is disabled") };
}

/** It is on its way, and due again by then should it get lost there. @throws Stale if it is not due any more */
export function claimDelivery(tx: Tx, id: number, deadManMs: number, nowMs: number): void {
  const { delivery, webhook } = pendingDelivery(tx, id);
  const isDue = Math.max(delivery.nextAtMs, webhook.notBeforeMs) <= nowMs;
  guard(isDue ? delivery : undefined, "it is not due yet");
  set(tx, id, { nextAtMs: deadManMs });
}

/** How a try ended, as people look at it. */
export interface Tried {
  /** Of the answer's first line; null: there was none. */
  status: number | null;
  text: string;
}

const last = ({ status, text }: Tried, nowMs: number) => ({
  lastAtMs: nowMs,
  lastStatus: status,
  lastText: clip(text, TEXT_CHARS),
});

/** The receiver has it. If it had taken nothing for a while, it is told at once of all that waited. @throws Stale if it is gone */
export function delivered(tx: Tx, id: number, tried: Tried, { nowMs }: StepContext): void {
  const { webhookId, tries } = guard(theDelivery(tx, id), "the delivery is gone");
  set(tx, id, { state: "delivered", tries: tries + 1, ...last(tried, nowMs) });
  const webhook = guard(webhookOf(tx, webhookId), "its webhook was removed");
  if (webhook.failures === 0) return;
  if (webhook.failures >= DOWN_AFTER) dueNow(tx, webhookId, nowMs);
  tx.update(webhooks)
    .set({ failures: 0, failingSinceMs: null, notBeforeMs: 0 })
    .where(eq(webhooks.id, webhookId))
    .run();
}

/** In the order in which it happened. */
export const dueNow = (tx: Tx, webhookId: string, nowMs: number): void => {
  tx.update(webhookDeliveries)
    .set({ nextAtMs: nowMs })
    .where(and(eq(webhookDeliveries.webhookId, webhookId), sql`${webhookDeliveries.state} = 'pending'`))
    .run();
};

/** The receiver's word that it wants nothing any more. */
const GONE = 410;

/** It is tried again later, or given up; and so is a webhook that has taken nothing for long. @throws Stale if it is gone */
export function notDelivered(tx: Tx, id: number, tried: Tried, askedMs: number | undefined, ctx: StepContext): void {
  const { nowMs, random } = ctx;
  const { webhookId, tries: before, state } = guard(theDelivery(tx, id), "the delivery is gone");
  const tries = before + 1;
  const waitMs = tried.status === GONE ? null : nextTryInMs(tries, askedMs, random());
  const next = waitMs === null ? { state: "failed" as const } : { nextAtMs: nowMs + waitMs };
  // Given up meanwhile for want of room: that stands.
  set(tx, id, { tries, ...last(tried, nowMs), ...(state === "pending" && next) });
  const webhook = guard(webhookOf(tx, webhookId), "its webhook was removed");
  const failures = webhook.failures + 1;
  const failingSinceMs = webhook.failingSinceMs ?? nowMs;
  const notBeforeMs = nowMs + restMs(failures, askedMs, random());
  changeWebhook(tx, webhookId, { failures, failingSinceMs, notBeforeMs });
  const why = whyGivenUp(tried, failures, failingSinceMs, nowMs);
  if (why === null || !webhook.enabled) return;
  giveUpWebhook(tx, webhookId, { ...why, atMs: nowMs });
  ctx.news?.(`DISABLED webhook ${webhookId}: ${why.message}`);
}

/** With what the last of them came to: it is what a person reads first. */
function whyGivenUp({ status, text }: Tried, failures: number, sinceMs: number, nowMs: number) {
  if (status === GONE)
    return { code: "gone" as const, message: `its receiver wants to be told of nothing any more: ${quoted(text)}` };
  if (!isGivenUp(failures, sinceMs, nowMs)) return null;
  const message = `its last ${failures} deliveries failed, since ${iso(sinceMs)}, the last of them: ${quoted(text)}`;
  return { code: "failing" as const, message };
}

/** @throws Refusal 404 */
export function existingDelivery(tx: Tx, webhookId: string, id: number): WebhookDelivery {
  const delivery = theDelivery(tx, id);
  if (delivery?.webhookId === webhookId) return delivery;
  throw refusal(
    404,
    "delivery_not_found",
    `Webhook ${webhookId} has no delivery ${id}, or has it no more.`,
    `GET …/webhooks/${webhookId}/deliveries lists those that are kept.`,
  );
}

/** Whatever became of it, it is sent once more, under the same id, with as many tries as a new one. */
export function redeliver(tx: Tx, { id }: WebhookDelivery, nowMs: number): WebhookDelivery {
  const again = { state: "pending" as const, tries: 0, nextAtMs: nowMs };
  return tx.update(webhookDeliveries).set(again).where(eq(webhookDeliveries.id, id)).returning().get();
}

export const listDeliveries = (tx: Tx, webhookId: string, { limit, before }: Page): WebhookDelivery[] =>
  tx
    .select()
    .from(webhookDeliveries)
    .where(
      and(
        eq(webhookDeliveries.webhookId, webhookId),
        before === undefined ? undefined : lt(webhookDeliveries.id, before),
      ),
    )
    .orderBy(desc(webhookDeliveries.id))
    .limit(limit)
    .all();

/** How many wait, by webhook. */
export const pendingOf = (tx: Tx, webhookId: string): number =>
  tx.get<{ n: number }>(
    sql`SELECT count(*) AS n FROM ${webhookDeliveries} WHERE ${webhookDeliveries.webhookId} = ${webhookId} AND ${webhookDeliveries.state} = 'pending'`,
  ).n;

/** The clock has gone back. */
export function setDeliveriesBack(tx: Tx, byMs: number): void {
  tx.update(webhookDeliveries)
    .set({ nextAtMs: sql`${webhookDeliveries.nextAtMs} - ${byMs}` })
    .where(sql`${webhookDeliveries.state} = 'pending'`)
    .run();
  tx.update(webhooks)
    .set({
      notBeforeMs: sql`max(0, ${webhooks.notBeforeMs} - ${byMs})`,
      failingSinceMs: sql`${webhooks.failingSinceMs} - ${byMs}`,
      formerUntilMs: sql`${webhooks.formerUntilMs} - ${byMs}`,
    })
    .run();
}
