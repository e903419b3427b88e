import { z } from "zod";
import type { Webhook, WebhookDelivery } from "../db/schema.ts";
import { iso } from "../lib/time.ts";
import { messageIdOf, WEBHOOK_EVENTS } from "../lib/webhook-events.ts";
import { time } from "./common.ts";

/** Who else is told of what happens. Its secret is in none of these. */
const fields = z.object({
  id: z.string(),
  url: z.string(),
  events: z.array(z.enum(WEBHOOK_EVENTS)),
  enabled: z.boolean(),
  disabled: z
    .object({ code: z.enum(["gone", "failing"]), message: z.string(), at: time })
    .nullable()
    .describe("why the town itself has disabled it; null: it has not"),
  failures: z.int().describe("deliveries that failed one after the other, up to now"),
  failingSince: time,
  pending: z.int().describe("deliveries that wait"),
  nextAt: time.describe("after a failure: nothing is sent before this; null: what is due is sent"),
  formerSecretUntil: time.describe("until then deliveries are signed with the former secret too; null: there is none"),
  createdAt: time,
});
export const webhookSchema = fields.meta({ id: "Webhook" });

/** With its secret, which is told this once. */
export const webhookWithSecretSchema = fields
  .extend({ secret: z.string().describe("`whsec_…`, as libraries of Standard Webhooks take it; told this once") })
  .meta({ id: "WebhookWithSecret" });

/** @param pending how many deliveries wait */
export const webhookView = (webhook: Webhook, pending: number): z.output<typeof webhookSchema> => {
  const { id, url, events, enabled, givenUp, failures, failingSinceMs, notBeforeMs, formerUntilMs, createdAtMs } =
    webhook;
  const timeIn = (ms: number) => (ms > 0 ? iso(ms) : null);
  return {
    ...{ id, url, events: [...events], enabled, failures, pending },
    disabled: givenUp && { code: givenUp.code, message: givenUp.message, at: iso(givenUp.atMs) },
    failingSince: iso(failingSinceMs),
    nextAt: timeIn(notBeforeMs),
    formerSecretUntil: timeIn(formerUntilMs),
    createdAt: iso(createdAtMs),
  };
};

export const deliverySchema = z
  .object({
    id: z.int(),
    messageId: z.string().describe("as `webhook-id` has it; the same with each try"),
    type: z.string(),
    state: z.enum(["pending", "delivered", "failed"]),
    tries: z.int().describe("that have ended"),
    nextAt: time.describe("the next try; null: there is none"),
    last: z
      .object({
        at: time,
        status: z.int().nullable().describe("of the answer; null: there was none"),
        text: z.string().describe("the beginning of the answer, or why there was none"),
      })
      .nullable(),
    createdAt: time,
  })
  .meta({ id: "WebhookDelivery", description: "One event, told to one webhook." });

export const deliveryView = (
  { id, type, state, tries, nextAtMs, createdAtMs, lastAtMs, lastStatus, lastText }: WebhookDelivery,
  town: Parameters<typeof messageIdOf>[0],
): z.output<typeof deliverySchema> => ({
  ...{ id, messageId: messageIdOf(town, id), type, state, tries },
  nextAt: state === "pending" ? iso(nextAtMs) : null,
  last: lastAtMs === null ? null : { at: iso(lastAtMs), status: lastStatus, text: lastText ?? "" },
  createdAt: iso(createdAtMs),
});
