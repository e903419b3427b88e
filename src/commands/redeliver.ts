import { readTown } from "../db/town-row.ts";
import { slug } from "../protocol/common.ts";
import { deliverySchema, deliveryView } from "../views/webhook.ts";
import { existingDelivery, redeliver } from "../webhooks/deliveries.ts";
import { changeWebhook } from "../webhooks/subscriptions.ts";
import { defineCommand } from "./define.ts";
import { numberIn } from "./inputs.ts";
import { enabledWebhook } from "./webhook-inputs.ts";

export const redeliverCommand = defineCommand({
  name: "redeliver",
  type: "delivery_redelivered",
  method: "POST",
  path: "/webhooks/{webhook}/deliveries/{delivery}/redeliver",
  scope: "webhooks:admin",
  summary:
    "Sends a delivery once more, whatever became of it, under the same `webhook-id` and with as many tries as a new one.",
  mendsNothing: true,
  params: {
    webhook: slug,
    delivery: numberIn("a delivery\u2019s number, as GET \u2026/webhooks/{id}/deliveries has it"),
  },
  output: deliverySchema,
  apply(tx, { webhook: id, delivery }, { nowMs }) {
    enabledWebhook(tx, id);
    const known = existingDelivery(tx, id, delivery);
    changeWebhook(tx, id, { notBeforeMs: 0 });
    return redeliver(tx, known, nowMs);
  },
  answer: (delivery, tx) => deliveryView(delivery, readTown(tx)),
});
