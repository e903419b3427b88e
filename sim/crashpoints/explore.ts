import { scenarios } from "../scenarios/index.ts";
import { type Played, play } from "./play.ts";
import type { Scenario } from "./scenario.ts";
import type { Kind } from "./world.ts";

export { scenarios };

export interface Failed {
  scenario: string;
  variant: number;
  /** The points that were struck, counted from 1. */
  k: number[];
  kind: Kind;
  violation: string;
}

interface Options {
  /** Only every n-th point. */
  every?: number;
  /** Only this many of the scenario's variants. */
  variants?: number;
  stopAtFirst?: boolean;
}

/** Plays a scenario once undisturbed, then once for each point at which it could be struck. */
export async function explore(
  scenario: Scenario,
  { every = 1, variants = scenario.variants, stopAtFirst = false }: Options = {},
): Promise<{ points: number; failed: Failed[] }> {
  const failed: Failed[] = [];
  let points = 0;
  for (let variant = 1; variant <= Math.min(variants, scenario.variants); variant++) {
    const fault = scenario.fault ?? "crash";
    const whole = await play(scenario, variant, { at: [], fault });
    const fail = (k: number[], kind: Kind, violation: string) =>
      failed.push({ scenario: scenario.name, variant, k, kind, violation });
    if (whole.violations[0]) fail([], "between", whole.violations[0]);
    for (const at of plans(scenario, whole.kinds, every)) {
      if (failed.length > 0 && (stopAtFirst || failed.length >= 50)) return { points, failed };
      const struck = await play(scenario, variant, { at, fault });
      points++;
      const violation = struck.violations[0] ?? difference(whole, struck, scenario);
      if (violation) fail(at, struck.struckAt[0] ?? "between", violation);
    }
  }
  return { points, failed };
}

function* plans({ every: own = 1, again = 0, fault }: Scenario, kinds: Kind[], every: number): Generator<number[]> {
  const stride = every * own;
  // A stride that starts elsewhere for each scenario would be chance; the middle of the first step is not.
  for (let k = Math.ceil(stride / 2); k <= kinds.length; k += stride) {
    if (fault === "storage error" && kinds[k - 1] === "between") continue; // no statement runs there
    if (again === 0) yield [k];
    else for (let next = 1; next <= again; next++) yield [k, k + next];
  }
}

/** What came out otherwise than in the undisturbed run; null: nothing that matters. */
function difference(whole: Played, struck: Played, { racy = false }: Scenario): string | null {
  const { spawns: planned, ...wanted } = whole.ending;
  const { spawns, ...got } = struck.ending;
  for (const key of Object.keys(wanted) as (keyof typeof wanted)[])
    if (JSON.stringify(wanted[key]) !== JSON.stringify(got[key]))
      return `${key} came out as ${JSON.stringify(got[key])} instead of ${JSON.stringify(wanted[key])}`;
  if (racy) return null;
  for (const [name, count] of Object.entries(spawns))
    if (count > (planned[name] ?? 0)) return `${name} was begun ${count} times instead of ${planned[name] ?? 0}`;
  return null;
}
