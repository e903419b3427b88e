/** What commands about webhooks take in, and answer. */
import { z } from "zod";
import type { Tx } from "../db/client.ts";
import type { Webhook } from "../db/schema.ts";
import { refusal } from "../lib/guard.ts";
import { readPublicUrl } from "../lib/public-address.ts";
import { WEBHOOK_EVENTS } from "../lib/webhook-events.ts";
import { webhookView } from "../views/webhook.ts";
import { pendingOf } from "../webhooks/deliveries.ts";
import { existingWebhook } from "../webhooks/subscriptions.ts";
import type { Meta, Town } from "./define.ts";

export const toldEvents = z
  .array(z.enum(WEBHOOK_EVENTS))
  .min(1)
  .max(WEBHOOK_EVENTS.length)
  .refine((events) => new Set(events).size === events.length, "name each event once");

/** Whether it may be sent to is said by `takenUrl`, which knows the town's surroundings. */
export const webhookUrl = z.string().min(1).max(2_000);

/** @throws Refusal 422: it leads to no address that webhooks are sent to */
export function takenUrl({ sendsToPrivate }: Pick<Town, "sendsToPrivate">, text: string): string {
  const read = readPublicUrl(text, sendsToPrivate);
  if ("url" in read) return read.url.href;
  throw refusal(
    422,
    "address_refused",
    `url: ${read.refused}.`,
    "Give an https:// URL of the public internet. A town on your own machine may send to it if it is started with `--private-webhooks` (docs/webhooks.md).",
  );
}

/** Made by the Worker, which tells it once. */
export function secretOf({ webhookSecret }: Meta): string {
  if (!webhookSecret) throw new Error("no secret was made");
  return webhookSecret;
}

/** @throws Refusal 404, or 409 where nothing would be sent */
export function enabledWebhook(tx: Tx, id: string): Webhook {
  const webhook = existingWebhook(tx, id);
  if (webhook.enabled) return webhook;
  throw refusal(
    409,
    "webhook_disabled",
    `Webhook ${id} is disabled: nothing is sent to it.`,
    `Enable it first: PATCH …/webhooks/${id} {"enabled":true}.`,
  );
}

/** As it stands after the pass. */
export const webhookAnswer = (webhook: Webhook, tx: Tx) => webhookView(webhook, pendingOf(tx, webhook.id));
