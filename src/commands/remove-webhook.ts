import { slug } from "../protocol/common.ts";
import { webhookSchema, webhookView } from "../views/webhook.ts";
import { pendingOf } from "../webhooks/deliveries.ts";
import { existingWebhook, removeWebhook } from "../webhooks/subscriptions.ts";
import { defineCommand } from "./define.ts";

export const removeWebhookCommand = defineCommand({
  name: "remove-webhook",
  type: "webhook_removed",
  method: "DELETE",
  path: "/webhooks/{webhook}",
  scope: "webhooks:admin",
  summary: "Removes a webhook, with its secret and all that waits for it; a call that is out may still arrive.",
  mendsNothing: true,
  params: { webhook: slug },
  output: webhookSchema,
  apply(tx, { webhook: id }) {
    const view = webhookView(existingWebhook(tx, id), pendingOf(tx, id));
    removeWebhook(tx, id);
    return view;
  },
  answer: (view) => view,
});
