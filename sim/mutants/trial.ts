/**
 * Runs inside a copy of the program, in a process of its own: says a line of JSON for each step it takes, so that
 * whoever started it knows how far it came when it never ends.
 */
import { parseArgs } from "node:util";

export type Said =
  | { ready: true }
  /** This seed, or this scenario, broke nothing. */
  | { passed: number | string }
  | { caught: string; seed: number | null }
  | { done: true }
  /** Not a mutant at all: the program does not even load. */
  | { broken: string };

const say = (said: Said) => process.stdout.write(`${JSON.stringify(said)}\n`);
const messageOf = (error: unknown) => (error instanceof Error ? `${error.name}: ${error.message}` : String(error));

const { values } = parseArgs({
  options: {
    seeds: { type: "string" },
    world: { type: "string", default: "{}" },
    scenario: { type: "string" },
    points: { type: "string" },
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

let seed: number | null = null;
function caught(by: string): never {
  say({ caught: by, seed });
  process.exit(0);
}
// Whatever leaves the town unhandled would have taken its object down.
process.on("unhandledRejection", (error) => caught(`escaped: ${messageOf(error)}`));
process.on("uncaughtException", (error) => caught(`escaped: ${messageOf(error)}`));

const { simulateInNode, explore, scenarios } = await loaded();
async function crashpoints(scenario: (typeof scenarios)[number], every: number): Promise<void> {
  const { failed } = await explore(scenario, { every, stopAtFirst: true });
  if (failed[0]) caught(`crashpoint ${scenario.name} k=${failed[0].k} ${failed[0].kind}: ${failed[0].violation}`);
  say({ passed: scenario.name });
}

say({ ready: true });
if (values.scenario !== undefined) {
  const scenario = scenarios.find(({ name }) => name === values.scenario);
  if (scenario === undefined) say({ broken: `there is no scenario called ${values.scenario}` });
  else await crashpoints(scenario, 1);
}
for (seed = 1; seed <= Number(values.seeds ?? 0); seed++) {
  const { violations } = await simulateInNode({ seed, ...JSON.parse(values.world) });
  if (violations[0]) caught(violations[0]);
  say({ passed: seed });
}
seed = null;
if (values.points) for (const scenario of scenarios) await crashpoints(scenario, Number(values.points));
say({ done: true });
process.exit(0);
