import { z } from "zod";
import { iso } from "../lib/time.ts";
import { type AttentionItemView, attentionSchema } from "../views/attention.ts";
import { type AttentionItem, attentionOf } from "./attention/index.ts";
import { defineQuery } from "./define.ts";

export const readAttentionQuery = defineQuery({
  name: "read-attention",
  path: "/attention",
  scope: "beads:read",
  summary: "Lists what waits for a person, each with the request that mends it.",
  query: z.strictObject({}),
  output: attentionSchema,
  read(tx, _, { nowMs }) {
    const { items, counts, more } = attentionOf(tx, nowMs);
    return { items: items.map(itemView), counts: counts as Record<string, number>, more };
  },
});

const itemView = ({ sinceMs, nextMs, ...item }: AttentionItem): AttentionItemView => {
  const { key, kind, severity, target, times, what, meanwhile, hint, evidence, verb, command } = item;
  return {
    ...{ key, kind, severity, target, since: iso(sinceMs), times, what, meanwhile, nextAt: iso(nextMs), hint },
    ...{ evidence, verb, command },
  };
};
