/** What waits for a person, as webhooks are told of it. */
import type { Tx } from "../../db/client.ts";
import type { WaitingForPeople } from "../../db/schema.ts";
import { iso } from "../../lib/time.ts";
import { attentionOf } from "./index.ts";

export function waitingForPeople(tx: Tx, nowMs: number): WaitingForPeople {
  const { items, counts } = attentionOf(tx, nowMs);
  const shown = (kind: string) => items.filter((item) => item.kind === kind).length;
  return {
    items: items.map(({ sinceMs, ...item }) => ({ ...item, since: iso(sinceMs) })),
    cut: new Set(Object.entries(counts).flatMap(([kind, count]) => (count > shown(kind) ? [kind] : []))),
  };
}
