import { slug } from "../protocol/common.ts";
import { webhookSchema, webhookView } from "../views/webhook.ts";
import { pendingOf } from "../webhooks/deliveries.ts";
import { existingWebhook } from "../webhooks/subscriptions.ts";
import { defineQuery } from "./define.ts";

export const readWebhookQuery = defineQuery({
  name: "read-webhook",
  path: "/webhooks/{webhook}",
  scope: "webhooks:admin",
  summary: "Shows a webhook, without its secret.",
  params: { webhook: slug },
  output: webhookSchema,
  read: (tx, { webhook: id }) => webhookView(existingWebhook(tx, id), pendingOf(tx, id)),
});
