/** What waits for a person is worked out when it is read, so its beginnings and ends are found by what was told last. */
import type { Tx } from "../db/client.ts";
import { type TellingItem, type WaitingForPeople, webhookAttention } from "../db/schema.ts";
import { readTown } from "../db/town-row.ts";
import { clip } from "../lib/text.ts";
import { announce } from "./announce.ts";
import { hasWebhooks, listWebhooks, tellsAttention } from "./subscriptions.ts";

/** Items that are remembered, so that their end is told: what is over it has no beginning either. */
const REMEMBERED = 300;

const TEXT_CHARS = 500;

/** Who is told of what has begun to wait, and of what waits no more, since this was asked last. With the first look nothing is told. */
export function announceAttention(tx: Tx, waiting: () => WaitingForPeople, nowMs: number): void {
  const town = readTown(tx);
  if (!hasWebhooks(town) || !listWebhooks(tx).some(tellsAttention)) return;
  const { items, cut } = waiting();
  const before = tx.select().from(webhookAttention).get()?.items ?? null;
  const known = new Map((before ?? []).map((item) => [item.key, item]));
  const present = new Map(items.map((item) => [item.key, item]));
  // Where not all of a kind are shown, one that is not may wait still.
  const ended = [...known.values()].filter(({ key, kind }) => !present.has(key) && !cut.has(kind));
  const begun = items
    .filter(({ key }) => !known.has(key))
    .slice(0, Math.max(0, REMEMBERED - known.size + ended.length));
  if (before !== null && ended.length + begun.length === 0) return;
  for (const { key } of ended) known.delete(key);
  const fresh = begun.map(shortened);
  const rows = { id: 1, items: [...known.values(), ...fresh] };
  tx.insert(webhookAttention).values(rows).onConflictDoUpdate({ target: webhookAttention.id, set: rows }).run();
  if (before === null) return;
  for (const item of ended) announce(tx, town, () => ({ type: "attention.closed", data: { item } }), nowMs);
  for (const item of fresh) announce(tx, town, () => ({ type: "attention.opened", data: { item } }), nowMs);
}

const shortened = ({ key, kind, severity, target, since, what, hint, command }: TellingItem): TellingItem => ({
  ...{ key, kind, severity, target, since, command },
  what: clip(what, TEXT_CHARS),
  hint: hint && clip(hint, TEXT_CHARS),
});
