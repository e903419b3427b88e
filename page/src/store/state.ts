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
import { countsAfter } from "./counts.ts";

/** Of each list all that is not over, and the newest of what is. */
export interface Whole {
  town: Town;
  /** Null: the token may not see it. */
  health: Health | null;
  attention: Attention | null;
  beads: Bead[];
  agents: Agent[];
  attempts: Attempt[];
  rigs: Rig[];
  hosts: Host[];
  convoys: ConvoySummary[];
  incidents: Incident[];
  ticks: Tick[];
}

const KEYS = {
  beads: ({ id }: Bead) => id,
  agents: ({ id }: Agent) => id,
  attempts: ({ fence }: Attempt) => `${fence}`,
  rigs: ({ id }: Rig) => id,
  hosts: ({ id }: Host) => id,
  convoys: ({ id }: ConvoySummary) => id,
  incidents: ({ id }: Incident) => `${id}`,
  ticks: ({ tick }: Tick) => `${tick}`,
} as const;
type ListName = keyof typeof KEYS;
type Lists = Pick<Whole, ListName>;
const LISTS = Object.keys(KEYS) as ListName[];

interface Head {
  seq: number;
}
export type Snapshot = Head & Partial<Omit<Whole, "ticks">> & { more: boolean };
export type Change = Head &
  Partial<Omit<Whole, "ticks" | "town">> & {
    town?: Partial<Town>;
    gone?: { kind: string; id: string }[];
  };

/** Where it showed that nothing is known: what only health misses it finds again; what the stream misses, the stream alone. */
type Source = "stream" | "health";

export type Link =
  | { state: "opening" }
  | { state: "live" }
  /** Nothing that is shown is known to be so still. */
  | { state: "lost"; sinceMs: number; why: Problem; by: Source };

export const link = signal<Link>({ state: "opening" });
const known = signal<Whole | null>(null);
const heardAtMs = signal<number | null>(null);

/** All attempts that began since then are known. */
export const attemptsSinceMs = signal(Number.POSITIVE_INFINITY);

/** Null: nothing is known yet. */
export const snapshot = computed(() => known.value);
/** Since when what is shown may not be so any more. Null: it is so. */
export const unknownSinceMs = computed(() => (link.value.state === "lost" ? link.value.sinceMs : null));

export const town = computed(() => known.value?.town ?? null);
export const health = computed(() => known.value?.health ?? null);
export const attention = computed(() => known.value?.attention ?? null);
const listOf = <K extends ListName>(name: K) =>
  computed((): Lists[K] => known.value?.[name] ?? ([] as unknown as Lists[K]));
export const beads = listOf("beads");
export const agents = listOf("agents");
export const attempts = listOf("attempts");
export const rigs = listOf("rigs");
export const hosts = listOf("hosts");
export const convoys = listOf("convoys");
export const ticks = listOf("ticks");
export const incidents = listOf("incidents");

/** By its fence. */
export const attemptOf = computed(() => new Map(attempts.value.map((attempt) => [attempt.fence, attempt])));
export const beadOf = computed(() => new Map(beads.value.map((bead) => [bead.id, bead])));

/** All that is so now: what was known before counts no more, but for ticks, which don't change. */
export function learnSnapshot({ town, ...now }: Snapshot): void {
  if (!town) return;
  const lists = Object.fromEntries(
    LISTS.map((name) => [name, (now as Partial<Lists>)[name] ?? []]),
  ) as unknown as Lists;
  attemptsSinceMs.value = Number.POSITIVE_INFINITY;
  hear({
    ...lists,
    town,
    health: now.health ?? null,
    attention: now.attention ?? null,
    ticks: known.peek()?.ticks ?? [],
  });
}

/** @returns `uncounted`: how many beads there are of each state has to be asked for */
export function learnChange({ town, gone = [], ...change }: Change): "counted" | "uncounted" {
  const before = known.peek();
  if (!before) return "counted";
  const lists = LISTS.map((name) => [name, changed(before, change as Partial<Lists>, gone, name)]);
  const counts = countsAfter(before.town.beads, before.beads, change.beads ?? []);
  hear({
    ...before,
    ...(Object.fromEntries(lists) as unknown as Lists),
    town: { ...before.town, ...town, ...(counts && { beads: counts }) },
    health: change.health ?? before.health,
    attention: change.attention ?? before.attention,
  });
  return counts === null ? "uncounted" : "counted";
}

/** What was so before, or beside the stream: what is known already is newer. */
export function learnHistory({ town, ...history }: Partial<Whole>): void {
  const before = known.peek();
  if (!before) return;
  const lists = LISTS.flatMap((name) => {
    const found = history[name];
    return found ? [[name, name === "ticks" ? found : together(name, found, before[name])]] : [];
  });
  known.value = {
    ...before,
    ...Object.fromEntries(lists),
    ...(town && { town: { ...before.town, beads: town.beads } }),
  };
}

/** @param sinceMs all that began since then are known with these */
export function learnAttempts(attempts: Attempt[], sinceMs: number): void {
  batch(() => {
    learnHistory({ attempts });
    attemptsSinceMs.value = sinceMs;
  });
}

/** Asked apart from the stream: it changes with the clock alone. */
export function learnHealth(health: Health): void {
  const before = known.peek();
  if (before && !isStreamLost()) hear({ ...before, health });
}

function hear(now: Whole): void {
  batch(() => {
    known.value = now;
    heardAtMs.value = Date.now();
    if (link.peek().state !== "live") link.value = { state: "live" };
  });
}

const KINDS: Partial<Record<ListName, string>> = {
  beads: "bead",
  agents: "agent",
  attempts: "attempt",
  rigs: "rig",
  hosts: "host",
  convoys: "convoy",
  incidents: "incident",
};

function changed(before: Lists, change: Partial<Lists>, gone: Change["gone"], name: ListName): unknown[] {
  const left = new Set((gone ?? []).filter(({ kind }) => kind === KINDS[name]).map(({ id }) => id));
  const keyOf = KEYS[name] as (one: unknown) => string;
  const rest = left.size === 0 ? before[name] : before[name].filter((one) => !left.has(keyOf(one)));
  return change[name] ? together(name, rest, change[name]) : rest;
}

/** Both, where the newer one counts; what is new stands in front, as the newest do. */
function together(name: ListName, older: readonly unknown[], newer: readonly unknown[]): unknown[] {
  const keyOf = KEYS[name] as (one: unknown) => string;
  const byKey = new Map(newer.map((one) => [keyOf(one), one]));
  const kept = older.map((one) => {
    const key = keyOf(one);
    const now = byKey.get(key);
    byKey.delete(key);
    return now ?? one;
  });
  return [...byKey.values(), ...kept];
}

const isStreamLost = (): boolean => {
  const before = link.peek();
  return before.state === "lost" && before.by === "stream";
};

/** @param sinceMs left out: since something was heard last */
export function lose(why: Problem, { by = "stream", sinceMs }: { by?: Source; sinceMs?: number } = {}): void {
  if (by === "health" && isStreamLost()) return;
  const before = link.peek();
  const lostMs = before.state === "lost" ? before.sinceMs : (sinceMs ?? heardAtMs.peek() ?? Date.now());
  link.value = { state: "lost", sinceMs: lostMs, why, by };
}

/** Another town is looked at. */
export function forget(): void {
  batch(() => {
    known.value = null;
    heardAtMs.value = null;
    attemptsSinceMs.value = Number.POSITIVE_INFINITY;
    link.value = { state: "opening" };
  });
}
