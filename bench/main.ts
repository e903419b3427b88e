/** `npm run bench -- [NAME …] [--json FILE] [--results]`: figures of the town, each from a command that anybody can run. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { repoRoot } from "../cli/paths.ts";
import { costsOf } from "./cost.ts";
import { machine } from "./machine.ts";
import { type Counters, measureCounters } from "./measures/counters.ts";
import { measureHealth } from "./measures/health.ts";
import { measureLatency } from "./measures/latency.ts";
import { measureScale } from "./measures/scale.ts";
import { measureThroughput } from "./measures/throughput.ts";
import { installPeers } from "./peers/install.ts";
import { measurePeers } from "./peers/measure.ts";
import { resultsText } from "./results.ts";
import { tables } from "./tables.ts";
import { measureYear } from "./year.ts";

const HISTORIES = [0, 1_000, 10_000, 100_000];

/** In the order in which they are run: what is counted first, what takes long last. */
const measures = {
  counters: {
    what: "rows and statements of single ticks and of a bead's whole life, by history; money",
    run: async () => withMoney(await measureCounters(HISTORIES)),
  },
  latency: {
    what: "from a bead's POST to the host's receipt of its start",
    run: async () => ({ latencyMs: await measureLatency(values.n) }),
  },
  throughput: {
    what: "beads through their whole life per second",
    run: async () => ({ throughput: await measureThroughput(2 * values.n) }),
  },
  health: {
    what: "how long GET …/health takes on a large town",
    run: async () => ({ healthMs: await measureHealth(values.beads, values.n) }),
  },
  scale: { what: "a thousand towns; a hundred thousand beads", run: async () => ({ scale: await measureScale() }) },
  year: { what: "a year of a town, lived through in fake time", run: async () => ({ year: await measureYear() }) },
  peers: {
    what: "the same work done by others: agents SDK, DBOS, graphile-worker, BullMQ",
    run: async () => {
      await installPeers();
      const say = (line: string) => console.error(`bench: ${line}`);
      const patience = { latencySeconds: 60, idleSeconds: 20, busySeconds: 900 };
      return { peers: await measurePeers({ n: values.n, ...patience, say }) };
    },
  },
} as const;

type Name = keyof typeof measures;

function withMoney(counters: Counters) {
  return { ...counters, ...costsOf(counters) };
}

const usage = `Usage: npm run bench -- [NAME ...] [options]

Measures what the town costs and how fast it is. Without a name, all of it.

${Object.entries(measures)
  .map(([name, { what }]) => `  ${name.padEnd(12)} ${what}`)
  .join("\n")}

  --json FILE   writes all figures there, as JSON
  --results     writes them to bench/RESULTS.md
  --n N         samples of each latency (1000)
  --beads N     of the town whose health is asked (100000)
  --help        shows this
`;

function fail(why: string): never {
  console.error(`bench: ${why}\n\n${usage}`);
  process.exit(2);
}

function options() {
  try {
    const { values: given, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        json: { type: "string" },
        results: { type: "boolean", default: false },
        n: { type: "string", default: "1000" },
        beads: { type: "string", default: "100000" },
        help: { type: "boolean", default: false },
      },
    });
    const unknown = positionals.find((name) => !Object.hasOwn(measures, name));
    if (unknown !== undefined) fail(`there is no measure called ${unknown}`);
    const number = (name: "n" | "beads"): number => {
      const value = Number(given[name]);
      return Number.isInteger(value) && value > 0
        ? value
        : fail(`--${name} takes a number above 0, not ${given[name]}`);
    };
    return { ...given, n: number("n"), beads: number("beads"), names: positionals as Name[] };
  } catch (error) {
    return fail((error as Error).message);
  }
}

const values = options();
if (values.help) {
  console.log(usage);
  process.exit(0);
}
const names = values.names.length > 0 ? values.names : (Object.keys(measures) as Name[]);
const figures: Record<string, unknown> = { ...machine() };
for (const name of names) {
  const startedMs = performance.now();
  const measured = await measures[name].run();
  Object.assign(figures, measured);
  console.log(tables(measured));
  console.log(`(${name}: ${Math.round((performance.now() - startedMs) / 1_000)} s)\n`);
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(figures, null, 2)}\n`);
if (values.results) writeFileSync(join(repoRoot, "bench/RESULTS.md"), resultsText(figures));
process.exit(0);
