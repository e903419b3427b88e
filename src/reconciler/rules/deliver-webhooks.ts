import type { Rule } from "../rule.ts";

/** Who is told of something is told of one thing at a time, in the order in which it happened. */
export const deliverWebhooks: Rule = {
  name: "deliver_webhooks",
  plan: ({ deliveries, nowMs }) =>
    deliveries.flatMap(({ atMs, webhook, delivery }) =>
      atMs <= nowMs ? [{ type: "deliver_webhook", webhook, delivery }] : [],
    ),
};
