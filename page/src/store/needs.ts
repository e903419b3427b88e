/** What needs a person, as the top of a page says it; and what is in trouble though nothing waits for that yet. */
import { computed } from "@preact/signals";
import type { AttentionItem } from "../api.ts";
import { agents, attention, rigs } from "./state.ts";

interface Trouble {
  kind: "agent" | "rig";
  id: string;
  what: string;
}

/** Of agents and rigs, what no item of attention is about: with the next bead one will be. */
export const troubles = computed((): Trouble[] => {
  const told = new Set(attention.value?.items.map(({ target: { type, id } }) => `${type} ${id}`));
  return [
    ...rigs.value.flatMap(({ id, paused, pushTrouble, landingTrouble }) => {
      const failure = (pushTrouble ?? landingTrouble)?.failure;
      return failure && !paused
        ? { kind: "rig" as const, id, what: `rig ${id} is in trouble: ${failure.message}` }
        : [];
    }),
    ...agents.value.flatMap(({ id, enabled, paused, trouble, preflight }) => {
      const check = preflight?.checks.find(({ ok }) => !ok);
      // Of a command of its own it is not known whether it needs what was not found.
      const what = trouble ? `can't work: ${trouble.message}` : check && `may not be able to work: ${check.detail}`;
      return what && enabled && !paused ? { kind: "agent" as const, id, what: `agent ${id} ${what}` } : [];
    }),
  ].filter(({ kind, id }) => !told.has(`${kind} ${id}`));
});

/** What it says before it says why. */
function briefOf({ what, kind }: Pick<AttentionItem, "what"> & { kind?: string }): string {
  const [head = what] = what.split(": ");
  return head.includes(" ") || !kind ? head : `${head}: ${kind.replaceAll("_", " ")}`;
}

/** Null: nothing does. The worst comes first. */
export const needs = computed(() => {
  const items = attention.value?.items ?? [];
  const [first] = [...items, ...troubles.value];
  if (!first) return null;
  const count = items.length + (attention.value?.more ?? 0) + troubles.value.length;
  const words = `${count === 1 ? "1 thing needs" : `${count} things need`} you${count === 1 ? "" : ", first"}: ${briefOf(first)}.`;
  return { severity: items[0]?.severity ?? ("warning" as const), words };
});
