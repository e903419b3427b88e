/** Which scope a request takes, as the contract has it (a test compares them), and whether this tab's token has it. */
import { computed, signal } from "@preact/signals";
import type { components } from "../../cli/api-types.ts";
import type { Scope } from "../../src/lib/scopes.ts";

/** What lies below a town's address, the more telling first. */
const BELOW: readonly (readonly [RegExp, Scope])[] = [
  [/^$|\/(retry|stop|reconcile|dismiss|start|hold|close)$|^\/(quarantine|unreadable)/, "work:control"],
  [/^\/agents/, "agents:write"],
  [/^\/rigs/, "rigs:write"],
  [/^\/hosts/, "hosts:admin"],
  [/^\/webhooks/, "webhooks:admin"],
];

/** Of one that changes something in a town. */
export function scopeOf({ path }: { path: string }): Scope {
  const below = path.replace(/^\/v1\/towns\/[^/]+/, "");
  const ofBead = /^\/beads\/[^/]+\/(?!retry)/.test(below);
  return (!ofBead && BELOW.find(([pattern]) => pattern.test(below))?.[1]) || "beads:write";
}

/** This tab's token, once it is known. */
export const self = signal<components["schemas"]["Token"] | null>(null);

/** Of these the first that the token lacks. Null: none, or its scopes are not known, and then the town says so. */
export const lackOf = (needs: readonly Scope[]): Scope | null =>
  needs.find((scope) => self.value && !self.value.scopes.includes(scope)) ?? null;

/** What people do on these pages. */
const DONE_HERE: readonly Scope[] = ["beads:write", "work:control", "agents:write", "rigs:write", "hosts:admin"];
export const lacks = computed(() => DONE_HERE.filter((scope) => lackOf([scope]) !== null));
