import { z } from "zod";
import { slug } from "../protocol/common.ts";
import { webhookSchema } from "../views/webhook.ts";
import { dueNow } from "../webhooks/deliveries.ts";
import { AS_NEW, changeWebhook, existingWebhook } from "../webhooks/subscriptions.ts";
import { defineCommand } from "./define.ts";
import { takenUrl, toldEvents, webhookAnswer, webhookUrl } from "./webhook-inputs.ts";

/** One that is enabled, or gets another URL, is taken for well: what has waited goes out. */
export const changeWebhookCommand = defineCommand({
  name: "change-webhook",
  type: "webhook_changed",
  method: "PATCH",
  path: "/webhooks/{webhook}",
  scope: "webhooks:admin",
  summary:
    "Changes where a webhook leads or what it is told of, disables it, or enables it: then what has waited goes out.",
  mendsNothing: true,
  params: { webhook: slug },
  body: z.strictObject({ url: webhookUrl, events: toldEvents, enabled: z.boolean() }).partial(),
  output: webhookSchema,
  before: (town, { url }) => (url === undefined ? {} : { url: takenUrl(town, url) }),
  apply(tx, { webhook: id, url, events, enabled }, { nowMs, news }) {
    const before = existingWebhook(tx, id);
    const isFresh = enabled === true || (url !== undefined && url !== before.url);
    const change = {
      ...(url !== undefined && { url }),
      ...(events !== undefined && { events }),
      // Disabled by a person, it is as that person wants it, and nobody is told that the town did it.
      ...(enabled !== undefined && { enabled, givenUp: null }),
      ...(isFresh && AS_NEW),
    };
    if (Object.keys(change).length === 0) return before;
    if (isFresh) dueNow(tx, id, nowMs);
    if (before.givenUp && enabled === true) news?.(`ENABLED webhook ${id}`);
    return changeWebhook(tx, id, change);
  },
  answer: webhookAnswer,
});
