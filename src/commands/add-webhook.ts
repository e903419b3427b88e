import { z } from "zod";
import type { Webhook } from "../db/schema.ts";
import { WEBHOOK_EVENTS } from "../lib/webhook-events.ts";
import { slugLike } from "../protocol/common.ts";
import { webhookWithSecretSchema } from "../views/webhook.ts";
import { addWebhook } from "../webhooks/subscriptions.ts";
import { defineCommand } from "./define.ts";
import { secretOf, takenUrl, toldEvents, webhookAnswer, webhookUrl } from "./webhook-inputs.ts";

export const addWebhookCommand = defineCommand({
  name: "add-webhook",
  type: "webhook_added",
  method: "POST",
  path: "/webhooks",
  scope: "webhooks:admin",
  summary: "Has a URL of yours told of what happens in this town; the secret that signs it is told this once.",
  mendsNothing: true,
  body: z.strictObject({
    id: slugLike("my-webhook"),
    url: webhookUrl,
    /** Left out: all. */
    events: toldEvents.default([...WEBHOOK_EVENTS]),
    enabled: z.boolean().default(true),
  }),
  output: webhookWithSecretSchema,
  status: 201,
  location: ({ id }) => id,
  makesSecret: true,
  before: (town, { url }, meta) => ({ url: takenUrl(town, url), secret: secretOf(meta) }),
  apply: (tx, { id, url, events, enabled, secret }, { nowMs }): Webhook =>
    addWebhook(tx, { id, url, events, enabled, secret }, nowMs),
  answer: webhookAnswer,
});
