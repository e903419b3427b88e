import { z } from "zod";
import { readTown } from "../db/town-row.ts";
import { messageIdOf } from "../lib/webhook-events.ts";
import type { WebhookOrder } from "../ports/ports.ts";
import { claimDelivery, delivered, notDelivered, pendingDelivery, type Tried } from "../webhooks/deliveries.ts";
import { defineEffectAction } from "./define.ts";

/** A receiver should write down what it is told, and do its work later. Its sender gives up before this. */
const DEADLINE_MS = 15_000;

/** Nothing else is late for it, so what was lost on its way is not sent again in a hurry. */
const TAKEN_UP_AFTER_MS = DEADLINE_MS + 60_000;

/** It is about no attempt. */
const NO_FENCE = 0;

/** One delivery, tried once. However it ends, only its own row and its webhook's tell of it. */
export const deliverWebhook = defineEffectAction({
  type: "deliver_webhook",
  kind: "webhook",
  payload: z.object({ webhook: z.string(), delivery: z.int() }),
  concerns: ({ webhook }) => ({ webhook }),

  apply(tx, { delivery }, { nowMs }) {
    claimDelivery(tx, delivery, nowMs + TAKEN_UP_AFTER_MS, nowMs);
    return { fence: NO_FENCE };
  },

  effect: {
    bestEffort: true,
    deadlineMs: () => DEADLINE_MS,
    laneOf: ({ webhook }) => webhook,

    prepare(tx, { delivery: id }, _fence, { nowMs }): WebhookOrder {
      const { webhook, delivery } = pendingDelivery(tx, id);
      const { url, secret, formerSecret, formerUntilMs } = webhook;
      const former = formerSecret !== null && nowMs < formerUntilMs ? [formerSecret] : [];
      const message = { id: messageIdOf(readTown(tx), id), body: delivery.body };
      return { host: webhook.id, url, secrets: [secret, ...former], ...message };
    },

    run: (ports, order, signal) => ports.webhooks.tell(order, signal),

    settle: (tx, { delivery }, _fence, ctx, { code, message }) => delivered(tx, delivery, triedAs(code, message), ctx),

    rollback: (tx, { delivery }, _fence, { cause, retryAfterMs }, ctx) =>
      notDelivered(tx, delivery, triedAs(cause.code, cause.message), retryAfterMs, ctx),
  },
});

/** @param code `http_404` where there was an answer */
function triedAs(code = "", message = ""): Tried {
  const [, status] = /^http_(\d{3})$/.exec(code) ?? [];
  return { status: status === undefined ? null : Number(status), text: message };
}
