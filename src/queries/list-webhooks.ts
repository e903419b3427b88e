import { z } from "zod";
import { webhookSchema, webhookView } from "../views/webhook.ts";
import { pendingOf } from "../webhooks/deliveries.ts";
import { listWebhooks } from "../webhooks/subscriptions.ts";
import { defineQuery } from "./define.ts";

export const listWebhooksQuery = defineQuery({
  name: "list-webhooks",
  path: "/webhooks",
  scope: "webhooks:admin",
  summary: "Lists the webhooks of a town: who else is told of what happens in it.",
  output: z.object({ items: z.array(webhookSchema) }),
  read: (tx) => ({ items: listWebhooks(tx).map((webhook) => webhookView(webhook, pendingOf(tx, webhook.id))) }),
});
