import { OVERLAP_MS } from "../lib/webhook-events.ts";
import { slug } from "../protocol/common.ts";
import { webhookWithSecretSchema } from "../views/webhook.ts";
import { changeWebhook, existingWebhook } from "../webhooks/subscriptions.ts";
import { defineCommand } from "./define.ts";
import { secretOf, webhookAnswer } from "./webhook-inputs.ts";

/** Both sign for a while, so that no delivery is refused meanwhile. A third one is worth nothing from now on. */
export const rotateWebhookSecretCommand = defineCommand({
  name: "rotate-webhook-secret",
  type: "webhook_secret_rotated",
  method: "POST",
  path: "/webhooks/{webhook}/secret",
  scope: "webhooks:admin",
  summary:
    "Gives a webhook a new secret, which is told this once; for a day deliveries are signed with the former one too.",
  mendsNothing: true,
  params: { webhook: slug },
  output: webhookWithSecretSchema,
  status: 201,
  makesSecret: true,
  before: (_, __, meta) => ({ secret: secretOf(meta) }),
  apply(tx, { webhook: id, secret }, { nowMs }) {
    const { secret: formerSecret } = existingWebhook(tx, id);
    return changeWebhook(tx, id, { secret, formerSecret, formerUntilMs: nowMs + OVERLAP_MS });
  },
  answer: webhookAnswer,
});
