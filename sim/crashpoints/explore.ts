import { scenarios } from "../scenarios/index.ts";
import { play } from "./play.ts";
import type { Scenario } from "./scenario.ts";
import type { Kind } from "./world.ts";

export { scenarios };

export interface Point {
  scenario: string;
  variant: number;
  /** The points that are struck, counted from 1. */
  k: number[];
}

export interface Failed extends Point {
  kind: Kind;
  violation: string;
}

interface Options {
  /** Only every n-th point. */
  every?: number;
  /** Only so many points, evenly spread, of the first variant. */
  sample?: number;
  stopAtFirst?: boolean;
  /** Called after each point. */
  passed?: () => void;
}

/** One point alone: what is wrong there, if anything is. */
export async function strike(scenario: Scenario, { variant, k }: Point): Promise<Failed | null> {
  const { violations, struckAt } = await play(scenario, variant, { at: k, fault: scenario.fault ?? "crash" });
  const [violation] = violations;
  if (violation === undefined) return null;
  return { scenario: scenario.name, variant, k, kind: struckAt[0] ?? "between", violation };
}

/** Enough to see what is wrong with a scenario. */
const FAILURES_SHOWN = 20;

/** Plays a scenario once undisturbed, then once for each point at which it could be struck. */
export async function explore(
  scenario: Scenario,
  options: Options = {},
): Promise<{ points: number; failed: Failed[] }> {
  const fault = scenario.fault ?? "crash";
  const failed: Failed[] = [];
  let points = 0;
  for (let variant = 1; variant <= (options.sample ? 1 : scenario.variants); variant++) {
    const whole = await play(scenario, variant, { at: [], fault });
    const fail = (k: number[], kind: Kind, violation: string | undefined) =>
      violation && failed.push({ scenario: scenario.name, variant, k, kind, violation });
    fail([], "between", whole.violations[0]);
    for (const at of plans(scenario, whole.kinds, options)) {
      if (failed.length >= (options.stopAtFirst ? 1 : FAILURES_SHOWN)) return { points, failed };
      const struck = await play(scenario, variant, { at, fault });
      points++;
      options.passed?.();
      fail(at, struck.struckAt[0] ?? "between", struck.violations[0]);
    }
  }
  return { points, failed };
}

function plans(scenario: Scenario, kinds: Kind[], { every = 1, sample }: Options): number[][] {
  const { every: own = 1, again = 0 } = scenario;
  const first = kinds.flatMap((kind, index) => (worthwhile(scenario, kind, index) ? [index + 1] : []));
  const next = Array.from({ length: again }, (_, n) => n + 1);
  const all = thinned(first, own).flatMap((k) => (again === 0 ? [[k]] : next.map((after) => [k, k + after])));
  return thinned(all, sample === undefined ? every : Math.ceil(all.length / sample));
}

/** Every n-th, from the middle of the first step on. */
const thinned = <T>(list: T[], every: number): T[] =>
  list.filter((_, index) => index % every === Math.floor(Math.min(every, list.length) / 2));

function worthwhile({ thin = 1, fault }: Scenario, kind: Kind, index: number): boolean {
  if (kind === "exec") return index % thin === 0;
  return fault !== "storage error" || kind === "commit"; // where else would a statement fail?
}
