/** The webhooks of a town: who is told of what. */
import { eq, sql } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import {
  type GivenUp,
  type TownRow,
  type Webhook,
  webhookAttention,
  webhookDeliveries,
  webhooks,
} from "../db/schema.ts";
import { prepared, slot } from "../db/statements.ts";
import { changeTown, readTown } from "../db/town-row.ts";
import { refusal } from "../lib/guard.ts";
import { MAX_WEBHOOKS, type WebhookEvent } from "../lib/webhook-events.ts";

/** Mostly there are none, which the town's row knows: then nothing else is read or written for their sake. */
export const hasWebhooks = ({ counters }: Pick<TownRow, "counters">): boolean => (counters.webhooks ?? 0) > 0;

const every = prepared((tx) => tx.select().from(webhooks).orderBy(webhooks.id).prepare());

const theWebhook = prepared((tx) =>
  tx
    .select()
    .from(webhooks)
    .where(eq(webhooks.id, slot<string>("id")))
    .prepare(),
);

export const listWebhooks = (tx: Tx): Webhook[] => every(tx).all();

/** Undefined: it was removed. */
export const webhookOf = (tx: Tx, id: string): Webhook | undefined => theWebhook(tx).get({ id });

/** @throws Refusal 404 */
export function existingWebhook(tx: Tx, id: string): Webhook {
  const webhook = webhookOf(tx, id);
  if (webhook) return webhook;
  throw refusal(404, "webhook_not_found", `There is no webhook ${id}.`, "GET …/webhooks lists them.");
}

/** Those that are told of this. */
export const subscribersOf = (tx: Tx, event: WebhookEvent): Webhook[] =>
  listWebhooks(tx).filter(({ enabled, events }) => enabled && events.includes(event));

type NewWebhook = Pick<Webhook, "id" | "url" | "events" | "secret" | "enabled">;

/** @throws Refusal 409 */
export function addWebhook(tx: Tx, given: NewWebhook, nowMs: number): Webhook {
  if (webhookOf(tx, given.id))
    throw refusal(
      409,
      "webhook_exists",
      `There is a webhook ${given.id} already.`,
      `Choose another id, or change that one: PATCH …/webhooks/${given.id}.`,
    );
  if (listWebhooks(tx).length >= MAX_WEBHOOKS)
    throw refusal(
      409,
      "too_many_webhooks",
      `This town has ${MAX_WEBHOOKS} webhooks, and no more can be told.`,
      "Remove one that nobody needs: GET …/webhooks lists them.",
    );
  const webhook = tx
    .insert(webhooks)
    .values({ ...given, createdAtMs: nowMs })
    .returning()
    .get();
  recount(tx);
  return webhook;
}

/** With all that waited for it. A call that is out ends, and is nobody's. */
export function removeWebhook(tx: Tx, id: string): void {
  tx.delete(webhookDeliveries).where(eq(webhookDeliveries.webhookId, id)).run();
  tx.delete(webhooks).where(eq(webhooks.id, id)).run();
  recount(tx);
  forgetAttentionUntold(tx);
}

export function changeWebhook(tx: Tx, id: string, change: Partial<Webhook>): Webhook {
  const webhook = tx.update(webhooks).set(change).where(eq(webhooks.id, id)).returning().get();
  forgetAttentionUntold(tx);
  return webhook;
}

/** By an operator's word it is well again: what waited is due, and its failures are counted anew. */
export const AS_NEW = { failures: 0, failingSinceMs: null, notBeforeMs: 0, givenUp: null } as const;

/** The town gives it up: nobody there takes anything. */
export const giveUpWebhook = (tx: Tx, id: string, why: GivenUp): Webhook =>
  changeWebhook(tx, id, { enabled: false, givenUp: why });

/** Items of attention are told as they open and close, and so they are remembered as long as anybody is told. */
export const tellsAttention = ({ enabled, events }: Pick<Webhook, "enabled" | "events">): boolean =>
  enabled && events.some((event) => event.startsWith("attention."));

/** What is open when somebody subscribes next is no news. */
function forgetAttentionUntold(tx: Tx): void {
  if (!listWebhooks(tx).some(tellsAttention)) tx.delete(webhookAttention).run();
}

function recount(tx: Tx): void {
  const { n } = tx.get<{ n: number }>(sql`SELECT count(*) AS n FROM ${webhooks}`);
  changeTown(tx, { counters: { ...readTown(tx).counters, webhooks: n } });
}
