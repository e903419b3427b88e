/**
 * What happened is told by whoever writes it, in the same transaction: what is rolled back was told to nobody, and what is
 * committed is told however often the town dies.
 */
import type { Tx } from "../db/client.ts";
import type { Bead, Convoy, Incident, TownRow } from "../db/schema.ts";
import { readTown, savepoint } from "../db/town-row.ts";
import { clip } from "../lib/text.ts";
import { iso } from "../lib/time.ts";
import type { Happened, WebhookEvent } from "../lib/webhook-events.ts";
import { addDelivery } from "./deliveries.ts";
import { hasWebhooks, subscribersOf } from "./subscriptions.ts";

type Told = Happened & { type: WebhookEvent };

/** What agents, hosts and people wrote may be long: a receiver can ask for the whole. */
const TEXT_CHARS = 2_000;
const short = (text: string): string => clip(text, TEXT_CHARS);

/**
 * A line for each that is told of it. In a savepoint of its own: a webhook never keeps what it would tell of from happening.
 * @param town its row as it is now, so that a town without webhooks reads nothing for it
 */
export function announce(tx: Tx, town: TownRow, happened: () => Told, nowMs: number): void {
  if (!hasWebhooks(town)) return;
  try {
    savepoint(tx, (inner) => {
      const told = happened();
      for (const { id } of subscribersOf(inner, told.type)) addDelivery(inner, id, town, told, nowMs);
    });
  } catch {
    // What can't be written is unwound alone. A storage that takes nothing says so in the pass itself.
  }
}

const subject = ({ id, title, rigId, convoyId }: Bead) => ({ id, title: short(title), rig: rigId, convoy: convoyId });

export const beadLanded = (tx: Tx, bead: Bead, fence: number, head: string, nowMs: number): void =>
  announce(
    tx,
    readTown(tx),
    () => ({
      type: "bead.landed",
      data: { bead: subject(bead), fence, commit: head, branch: bead.landsOn },
    }),
    nowMs,
  );

export const beadParked = (tx: Tx, bead: Bead, why: string, nowMs: number): void =>
  announce(
    tx,
    readTown(tx),
    () => ({
      type: "bead.parked",
      data: { bead: subject(bead), why: short(why), failures: bead.failures, reworks: bead.reworks },
    }),
    nowMs,
  );

export const convoyClosed = (tx: Tx, { id, title, branch }: Convoy, nowMs: number): void =>
  announce(
    tx,
    readTown(tx),
    () => ({ type: "convoy.closed", data: { convoy: { id, title: short(title), branch } } }),
    nowMs,
  );

type Noticed = Pick<Incident, "kind" | "cause" | "hint" | "openedAtMs" | "closedAtMs" | "healedBy">;

const incident = ({ kind, cause, hint, openedAtMs, closedAtMs, healedBy }: Noticed) => ({
  incident: {
    ...{ kind, cause: short(cause), hint: short(hint) },
    ...{ openedAt: iso(openedAtMs), closedAt: iso(closedAtMs), healedBy: healedBy && short(healedBy) },
  },
});

/** @param town as it is with the incident: also where no pass is under way, so that its row is not read once more */
export const incidentOpened = (tx: Tx, town: TownRow, noticed: Noticed, nowMs: number): void =>
  announce(tx, town, () => ({ type: "incident.opened", data: incident(noticed) }), nowMs);

export const incidentClosed = (tx: Tx, town: TownRow, noticed: Noticed, nowMs: number): void =>
  announce(tx, town, () => ({ type: "incident.closed", data: incident(noticed) }), nowMs);
