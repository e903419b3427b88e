/** Totals since the town was made, by name: what the metrics show. Kept on the town's own row, which a pass writes anyway. */
import type { TickRecord } from "../db/schema.ts";

export type Counters = Record<string, number>;

/** Upper bounds in milliseconds; the last bucket has none. */
export const LATENESS_BUCKETS_MS = [100, 1_000, 5_000, 60_000];

interface Ticked {
  actions: TickRecord["actions"];
  settled: TickRecord["settled"];
  latenessMs: number | null;
}

export function countTick(before: Counters, { actions, settled, latenessMs }: Ticked): Counters {
  const counters = { ...before };
  const count = (name: string, by = 1) => {
    counters[name] = (counters[name] ?? 0) + by;
  };
  for (const { action, outcome } of actions) count(`action ${action} ${outcome}`);
  for (const { action, outcome } of settled) count(`effect ${action} ${outcome}`);
  if (latenessMs !== null) {
    count(`late ${LATENESS_BUCKETS_MS.find((bound) => latenessMs <= bound) ?? "more"}`);
    count("late_ms", latenessMs);
  }
  return counters;
}
