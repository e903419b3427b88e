/** What webhooks are told of, and how hard a town tries to tell it. Pure: no rows, no clock. */
import { backoffMs, waitFor } from "./backoff.ts";

/** In the words of the contract: what happened is in the past tense, and its subject comes first. */
export const WEBHOOK_EVENTS = [
  "bead.landed",
  "bead.parked",
  "convoy.closed",
  "attention.opened",
  "attention.closed",
  "incident.opened",
  "incident.closed",
] as const;
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

/** Sent only when an operator asks for it. */
export const TEST_EVENT = "webhook.test";
type ToldEvent = WebhookEvent | typeof TEST_EVENT;

/** A fact that a receiver is told of: `data` as it is sent, but for the town's name. */
export interface Happened {
  type: ToldEvent;
  data: Record<string, unknown>;
}

/** Of one town. Each has a call of its own at a time, so this bounds the calls that are out as well. */
export const MAX_WEBHOOKS = 10;

/** Of one webhook, not delivered yet: more than a day of a busy town's. What is over it is given up, the oldest first. */
export const MAX_PENDING = 500;

/** Deliveries of a town that are over and still listed. */
export const DELIVERIES_KEPT = 1_000;
export const DELIVERIES_KEPT_MS = 30 * 86_400_000;

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Waits between the tries of one delivery: a day in all. */
const WAITS_MS = [
  5 * SECOND,
  30 * SECOND,
  2 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  4 * HOUR,
  8 * HOUR,
  8 * HOUR,
];

/** A receiver is believed when it asks to be left alone, but not for longer than this. */
const PATIENCE_MS = 8 * HOUR;

/**
 * How long one delivery waits for its next try. Null: it is given up.
 * @param tries that have failed, from 1
 * @param random a number in [0, 1): up to a fifth of the wait comes on top, so that many that failed together do not come back together
 */
export function nextTryInMs(tries: number, askedMs: number | undefined, random: number): number | null {
  const wait = WAITS_MS[tries - 1];
  return wait === undefined ? null : waitFor(Math.floor(wait * (1 + random / 5)), askedMs, PATIENCE_MS);
}

/**
 * How long a webhook is left alone after failures in a row, whatever else waits for it: one that is down is asked once a minute
 * at most, and one bad delivery among good ones keeps the others for a second.
 */
export const restMs = (failures: number, askedMs: number | undefined, random: number): number =>
  waitFor(backoffMs(failures, SECOND, MINUTE, random), askedMs, PATIENCE_MS);

/** So many failures in a row tell that it was the receiver, not the deliveries: with the first success all are due at once. */
export const DOWN_AFTER = 3;

/** Failures in a row, over as long a time, after which a webhook is disabled. */
const GIVEN_UP_AFTER = 20;
const GIVEN_UP_AFTER_MS = 24 * HOUR;

export const isGivenUp = (failures: number, sinceMs: number, nowMs: number): boolean =>
  failures >= GIVEN_UP_AFTER && nowMs - sinceMs >= GIVEN_UP_AFTER_MS;

/** After a rotation a delivery is signed with the former secret too, for as long: the receiver takes over the new one meanwhile. */
export const OVERLAP_MS = 24 * HOUR;

/** With the name of its town and when that was made: no other delivery of any town has it. A receiver tells repeats by it. */
export const messageIdOf = (town: { name: string; createdAtMs: number }, delivery: number): string =>
  `msg_${town.name}_${town.createdAtMs.toString(36)}_${delivery}`;
