import { DurableObject } from "cloudflare:workers";
import { httpWebhooks } from "../ports/http-webhooks.ts";
import type { Ports, WebhookOrder, WebhookPort, WebhookReply } from "../ports/ports.ts";
import { waitingForPeople } from "../queries/attention/told.ts";
import type { Env } from "./env.ts";
import { systemClock } from "./ports.ts";

/** Of one call, from its beginning to the last byte that is read: less than the town waits for it. */
const CALL_MS = 10_000;

/**
 * Tells webhooks, one object for each. It keeps nothing: what is told, and how often, is in the town's rows. The platform opens
 * six connections at a time for one invocation, and a receiver that hangs here takes none of the town's.
 */
export class Courier extends DurableObject<Env> {
  tell(order: WebhookOrder): Promise<WebhookReply> {
    return senderOf(this.env).tell(order, AbortSignal.timeout(CALL_MS));
  }
}

const senderOf = (env: Env): WebhookPort =>
  httpWebhooks({
    fetch: (url, init) => (env.WEBHOOK_NETWORK ?? globalThis).fetch(url, init),
    now: () => systemClock.now(),
    allowsPrivate: allowsPrivate(env),
  });

/** Whether an operator has said that webhooks may lead into networks of one's own. */
export const allowsPrivate = ({ WEBHOOKS_PRIVATE: word }: Env): boolean => word === "allow";

/** What a town's loop tells others with, and what of. */
export const tellingOf = (env: Env, town: string): Pick<Ports, "webhooks" | "waiting"> => ({
  webhooks: { tell: (order) => env.COURIER.getByName(`${town}/${order.host}`).tell(order) },
  waiting: waitingForPeople,
});
