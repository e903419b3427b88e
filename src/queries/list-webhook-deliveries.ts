import { z } from "zod";
import { readTown } from "../db/town-row.ts";
import { slug } from "../protocol/common.ts";
import { deliverySchema, deliveryView } from "../views/webhook.ts";
import { listDeliveries } from "../webhooks/deliveries.ts";
import { existingWebhook } from "../webhooks/subscriptions.ts";
import { defineQuery } from "./define.ts";
import { page, paged, pageOf } from "./page.ts";

export const listWebhookDeliveriesQuery = defineQuery({
  name: "list-webhook-deliveries",
  path: "/webhooks/{webhook}/deliveries",
  scope: "webhooks:admin",
  summary: "Lists what a webhook was told, is to be told, and could not be told, the newest first.",
  params: { webhook: slug },
  query: z.strictObject(page),
  output: pageOf(deliverySchema),
  read(tx, { webhook, limit, cursor }) {
    existingWebhook(tx, webhook);
    const town = readTown(tx);
    const rows = listDeliveries(tx, webhook, { limit, before: cursor });
    return paged(
      rows,
      limit,
      (row) => deliveryView(row, town),
      ({ id }) => id,
    );
  },
});
