/**
 * Runs inside a copy of the program, in a process of its own: says a line of JSON for each step it takes, and ends where
 * the mutant is caught.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import type { Point } from "../crashpoints/explore.ts";

/** Where a mutant was caught. */
export type Killer = { seed: number } | Point;

export type Said =
  /** This seed, or this scenario, broke nothing. */
  | { passed: number | string }
  /** Null: outside of any world. */
  | { caught: string; killer: Killer | null }
  | { done: true }
  /** Not a mutant at all: the program does not even load. */
  | { broken: string };

const say = (said: Said) => process.stdout.write(`${JSON.stringify(said)}\n`);
const messageOf = (error: unknown) => (error instanceof Error ? `${error.name}: ${error.message}` : String(error));

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "0" },
    world: { type: "string", default: "{}" },
    scenario: { type: "string" },
    points: { type: "string" },
    first: { type: "string" },
    "stuck-ms": { type: "string", default: "60000" },
  },
});

async function loaded() {
  try {
    return { ...(await import("../run-in-node.ts")), ...(await import("../crashpoints/explore.ts")) };
  } catch (error) {
    say({ broken: messageOf(error) });
    process.exit(1);
  }
}

let killer: Killer | null = null;
function caught(by: string): never {
  say({ caught: by, killer });
  process.exit(0);
}
// Whatever leaves the town unhandled would have taken its object down.
process.on("unhandledRejection", (error) => caught(`escaped: ${messageOf(error)}`));
process.on("uncaughtException", (error) => caught(`escaped: ${messageOf(error)}`));

const { simulateInNode, explore, strike, scenarios } = await loaded();

/** How many steps were taken, for the watchdog: it runs beside a loop that never ends. */
const steps = new Int32Array(new SharedArrayBuffer(4));
const step = () => {
  steps[0] = (steps[0] ?? 0) + 1;
};
const watchdog = new Worker(join(import.meta.dirname, "watchdog.ts"), {
  workerData: { steps, stuckMs: Number(values["stuck-ms"]) },
});
watchdog.unref();

type Scenario = (typeof scenarios)[number];

async function trySeed(seed: number): Promise<void> {
  killer = { seed };
  const { violations } = await simulateInNode({ seed, ...JSON.parse(values.world) });
  if (violations[0]) caught(violations[0]);
  step();
  say({ passed: seed });
}

async function tryScenario(scenario: Scenario, every: number): Promise<void> {
  killer = null;
  const { failed } = await explore(scenario, { every, stopAtFirst: true, passed: step });
  if (failed[0]) foundAt(failed[0]);
  say({ passed: scenario.name });
}

function foundAt({ scenario, variant, k, kind, violation }: NonNullable<Awaited<ReturnType<typeof strike>>>): never {
  killer = { scenario, variant, k };
  caught(`crashpoint ${scenario} k=${k} ${kind}: ${violation}`);
}

/** Where it was caught the last time; the program may have changed since, so to find nothing there says nothing. */
async function tryFirst(known: Killer): Promise<void> {
  if ("seed" in known) return trySeed(known.seed);
  const scenario = scenarios.find(({ name }) => name === known.scenario);
  const failed = scenario && (await strike(scenario, known));
  if (failed) foundAt(failed);
}

if (values.first !== undefined) await tryFirst(JSON.parse(values.first) as Killer);
if (values.scenario !== undefined) {
  const scenario = scenarios.find(({ name }) => name === values.scenario);
  if (scenario === undefined) say({ broken: `there is no scenario called ${values.scenario}` });
  else await tryScenario(scenario, 1);
}
for (let seed = 1; seed <= Number(values.seeds); seed++) await trySeed(seed);
if (values.points) for (const scenario of scenarios) await tryScenario(scenario, Number(values.points));
say({ done: true });
process.exit(0);
