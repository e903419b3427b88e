import type { Outcome } from "./simulate.ts";

const SUMS = ["steps", "dispatches", "crashes", "alarms", "closed", "failed", "cancelled", "pruned"] as const;

/** What many seeds came to, together. */
export interface Total extends Record<(typeof SUMS)[number], number> {
  seeds: number;
  townDays: number;
  faults: Record<string, number>;
  /** Seeds with a violation. */
  violations: number;
  firstFailure: number | null;
  by: string | null;
}

export const nothing = (): Total => ({
  seeds: 0,
  townDays: 0,
  ...(Object.fromEntries(SUMS.map((key) => [key, 0])) as Record<(typeof SUMS)[number], number>),
  faults: {},
  violations: 0,
  firstFailure: null,
  by: null,
});

export function add(total: Total, outcome: Outcome): void {
  total.seeds++;
  total.townDays += outcome.simulatedMs / 86_400_000;
  for (const key of SUMS) total[key] += outcome[key];
  for (const [fault, hits] of Object.entries(outcome.faults)) total.faults[fault] = (total.faults[fault] ?? 0) + hits;
  const [violation] = outcome.violations;
  if (violation === undefined) return;
  total.violations++;
  total.firstFailure ??= outcome.seed;
  total.by ??= violation;
}
