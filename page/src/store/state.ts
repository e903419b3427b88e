/** What is known of the town that is shown: a snapshot, then changes; and since when nothing is known, if so. */
import { batch, computed, signal } from "@preact/signals";
import type {
  Agent,
  Attempt,
  Attention,
  Bead,
  ConvoySummary,
  Health,
  Host,
  Incident,
  Problem,
  Rig,
  Tick,
  Town,
} from "../api.ts";

/** Of each list the newest; each list is whole for what goes on. */
export interface Snapshot {
  town: Town;
  health: Health;
  attention: Attention;
  beads: Bead[];
  agents: Agent[];
  attempts: Attempt[];
  rigs: Rig[];
  hosts: Host[];
  convoys: ConvoySummary[];
  ticks: Tick[];
  incidents: Incident[];
}

export type Link =
  | { state: "opening" }
  | { state: "live" }
  /** Nothing that is shown is known to be so still. */
  | { state: "lost"; sinceMs: number; why: Problem };

export const link = signal<Link>({ state: "opening" });
const known = signal<Snapshot | null>(null);

/** Null: nothing is known yet. */
export const snapshot = computed(() => known.value);
/** When anything was last heard. */
const heardAtMs = signal<number | null>(null);
/** Since when what is shown may not be so any more. Null: it is so. */
export const unknownSinceMs = computed(() => (link.value.state === "lost" ? link.value.sinceMs : null));

const of = <K extends keyof Snapshot>(key: K) => computed(() => known.value?.[key] ?? null);
export const town = of("town");
export const health = of("health");
export const attention = of("attention");
export const beads = computed(() => known.value?.beads ?? []);
export const agents = computed(() => known.value?.agents ?? []);
export const attempts = computed(() => known.value?.attempts ?? []);
export const rigs = computed(() => known.value?.rigs ?? []);
export const hosts = computed(() => known.value?.hosts ?? []);
export const convoys = computed(() => known.value?.convoys ?? []);
export const ticks = computed(() => known.value?.ticks ?? []);
export const incidents = computed(() => known.value?.incidents ?? []);

/** By its fence. */
export const attemptOf = computed(() => new Map(attempts.value.map((attempt) => [attempt.fence, attempt])));
export const beadOf = computed(() => new Map(beads.value.map((bead) => [bead.id, bead])));

export function learn(next: Partial<Snapshot>): void {
  batch(() => {
    const before = known.peek();
    if (before) known.value = { ...before, ...next };
    else if (isWhole(next)) known.value = next;
    heardAtMs.value = Date.now();
    link.value = { state: "live" };
  });
}

const isWhole = (next: Partial<Snapshot>): next is Snapshot => next.town !== undefined && next.beads !== undefined;

export function lose(why: Problem): void {
  const before = link.peek();
  const sinceMs = before.state === "lost" ? before.sinceMs : (heardAtMs.peek() ?? Date.now());
  link.value = { state: "lost", sinceMs, why };
}

/** Another town is looked at. */
export function forget(): void {
  batch(() => {
    known.value = null;
    heardAtMs.value = null;
    link.value = { state: "opening" };
  });
}
