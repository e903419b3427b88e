import type { Stage } from "../stage.ts";

/** Figures to be shown, by what they are of. */
export type Figures = Record<string, number | string>;

export interface Part {
  name: string;
  what: string;
  /** What it counts must be its own doing. */
  alone?: true;
  /** Breaches go to the stage. @param tries how often what is chance is tried */
  run(stage: Stage, size: { sample: boolean; tries: number }): Promise<{ shapes: number; figures: Figures }>;
}

/** Every n-th, so that a sample has some of each sort. */
export const sampled = <T>(all: readonly T[], sample: boolean, every = 7): T[] =>
  sample ? all.filter((_, at) => at % every === 0) : [...all];

export const inBatches = <T>(all: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, n) => all.slice(n * size, (n + 1) * size));

/** Nothing is tried twice: what a shape leads to must be seen once, and not mixed with the next. */
export const ONCE = {
  backoffBaseMs: 600_000,
  backoffCapMs: 600_000,
  startsPerMinute: 100_000,
  breakerAfter: 1_000,
} as const;
