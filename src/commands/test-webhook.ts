import { readTown } from "../db/town-row.ts";
import { TEST_EVENT } from "../lib/webhook-events.ts";
import { slug } from "../protocol/common.ts";
import { deliverySchema, deliveryView } from "../views/webhook.ts";
import { addDelivery } from "../webhooks/deliveries.ts";
import { changeWebhook } from "../webhooks/subscriptions.ts";
import { defineCommand } from "./define.ts";
import { enabledWebhook } from "./webhook-inputs.ts";

export const testWebhookCommand = defineCommand({
  name: "test-webhook",
  type: "webhook_tested",
  method: "POST",
  path: "/webhooks/{webhook}/test",
  scope: "webhooks:admin",
  summary:
    "Sends a webhook an event that tells of nothing, whatever it is told of; its deliveries tell what came of it.",
  mendsNothing: true,
  params: { webhook: slug },
  output: deliverySchema,
  status: 201,
  apply(tx, { webhook: id }, { nowMs }) {
    enabledWebhook(tx, id);
    changeWebhook(tx, id, { notBeforeMs: 0 });
    return addDelivery(tx, id, readTown(tx), { type: TEST_EVENT, data: { webhook: id } }, nowMs);
  },
  answer: (delivery, tx) => deliveryView(delivery, readTown(tx)),
});
