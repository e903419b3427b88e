/** Totals since the town was made, by name: what the metrics show. Kept on the town's own row, which a pass writes anyway. */
import type { TickRecord } from "../db/schema.ts";

export type Counters = Record<string, number>;

/** Upper bounds in milliseconds; the last bucket has none. */
export const BUCKETS_MS = [100, 1_000, 5_000, 60_000];

interface Ticked {
  actions: TickRecord["actions"];
  settled: TickRecord["settled"];
  latenessMs: number | null;
  /** Attempts that ended: kind and outcome. */
  ended: readonly string[];
  eventful: boolean;
}

export function countTick(before: Counters, { actions, settled, latenessMs, ended, eventful }: Ticked): Counters {
  const counters = { ...before };
  for (const { action, outcome } of actions) count(counters, `action ${action} ${outcome}`);
  for (const { action, outcome } of settled) count(counters, `effect ${action} ${outcome}`);
  for (const attempt of ended) count(counters, `attempt ${attempt}`);
  if (latenessMs !== null) measure(counters, "late", latenessMs);
  if (eventful) count(counters, "eventful");
  return counters;
}

/** A tick whose effects have settled. One that launches none takes no time that a clock inside the object can see. */
export function countDuration(before: Counters, tookMs: number): Counters {
  const counters = { ...before };
  measure(counters, "took", tookMs);
  return counters;
}

function count(counters: Counters, name: string, by = 1): void {
  counters[name] = (counters[name] ?? 0) + by;
}

function measure(counters: Counters, what: "late" | "took", ms: number): void {
  count(counters, `${what} ${BUCKETS_MS.find((bound) => ms <= bound) ?? "more"}`);
  count(counters, `${what}_ms`, ms);
}
