/** `npm run bench -- [NAME …] [--json FILE] [--results]`: figures of the town, each from a command that anybody can run. */
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readCommand } from "../cli/command.ts";
import { repoRoot } from "../cli/paths.ts";
import { costsOf } from "./cost.ts";
import { machine } from "./machine.ts";
import { measureClone } from "./measures/clone.ts";
import { type Counters, measureCounters } from "./measures/counters.ts";
import { measureHealth } from "./measures/health.ts";
import { measureLatency } from "./measures/latency.ts";
import { measureReads } from "./measures/reads.ts";
import { measureReady } from "./measures/ready.ts";
import { measureRedact } from "./measures/redact.ts";
import { measureScale } from "./measures/scale.ts";
import { measureThroughput } from "./measures/throughput.ts";
import { measureWatching } from "./measures/watching.ts";
import { installPeers } from "./peers/install.ts";
import { measurePeers } from "./peers/measure.ts";
import { resultsText } from "./results.ts";
import { tables } from "./tables.ts";
import { measureYear } from "./year.ts";

const HISTORIES = [0, 1_000, 10_000, 100_000];

/** A start is long beside what disturbs it. */
const STARTS = 10;

/** Of each way in which a town can be read: there are many. */
const READS = 100;

interface Size {
  /** Samples of each latency. */
  n: number;
  /** Of the town whose health is asked. */
  beads: number;
  /** Of the repository in which an attempt is set up. */
  files: number;
}

/** In the order in which they are run: what is counted first, what takes long last. */
const measures: Record<string, { what: string; run: (size: Size) => Promise<object> }> = {
  counters: {
    what: "rows and statements of single ticks and of a bead's whole life, by history; money",
    run: async () => withMoney(await measureCounters(HISTORIES)),
  },
  ready: {
    what: "npm start: until it is ready, its sample, and what it takes while nothing happens",
    run: async ({ n }) => ({ ready: await measureReady(Math.min(n, STARTS)) }),
  },
  latency: {
    what: "from a bead's POST to the host's receipt of its start",
    run: async ({ n }) => ({ latencyMs: await measureLatency(n) }),
  },
  throughput: {
    what: "beads through their whole life per second",
    run: async ({ n }) => ({ throughput: await measureThroughput(2 * n) }),
  },
  health: {
    what: "how long GET …/health takes on a large town",
    run: async ({ n, beads }) => ({ healthMs: await measureHealth(beads, n) }),
  },
  reads: {
    what: "every GET of a large town: how long it takes, and how many rows it reads",
    run: async ({ n, beads }) => ({ reads: await measureReads(beads, Math.min(n, READS)) }),
  },
  watching: {
    what: "what it costs a town to be watched, and how soon those that watch know",
    run: async ({ n }) => ({ watching: await measureWatching(n) }),
  },
  redact: {
    what: "what agents print, looked through for secrets: 16 MB of each of many shapes, held to a bound per MB",
    run: async () => ({ redactMsPerMb: measureRedact() }),
  },
  clone: {
    what: "setting up an attempt on a large repository, beside a worktree of a shared one",
    run: async ({ files }) => ({ clone: await measureClone(files) }),
  },
  scale: { what: "a thousand towns; a hundred thousand beads", run: async () => ({ scale: await measureScale() }) },
  year: { what: "a year of a town, lived through in fake time", run: async () => ({ year: await measureYear() }) },
  peers: {
    what: "the same work done by others: agents SDK, DBOS, graphile-worker, BullMQ, and by bare SQL",
    run: async ({ n }) => {
      await installPeers();
      const say = (line: string) => console.error(`bench: ${line}`);
      const patience = { latencySeconds: 60, idleSeconds: 20, busySeconds: 900, times: 1 };
      return { peers: await measurePeers({ n, ...patience, say }) };
    },
  },
};

function withMoney(counters: Counters) {
  return { ...counters, ...costsOf(counters) };
}

const { values, positionals, whole, fail } = readCommand({
  name: "bench",
  usage: `Usage: npm run bench -- [NAME ...] [options]

Measures what the town costs and how fast it is. Without a name, all of it.

${Object.entries(measures)
  .map(([name, { what }]) => `  ${name.padEnd(12)} ${what}`)
  .join("\n")}

  --json FILE   writes all figures there, as JSON, beside those of other measures that are there already
  --results     writes them to bench/RESULTS.md
  --n N         samples of each latency (1000)
  --beads N     of the town whose health is asked (100000)
  --files N     of the repository in which an attempt is set up (50000)
`,
  options: {
    json: { type: "string" },
    results: { type: "boolean", default: false },
    n: { type: "string", default: "1000" },
    beads: { type: "string", default: "100000" },
    files: { type: "string", default: "50000" },
  },
  allowPositionals: true,
});
const size = { n: whole("n"), beads: whole("beads"), files: whole("files") };
const unknown = positionals.find((name) => !Object.hasOwn(measures, name));
if (unknown !== undefined) fail(`there is no measure called ${unknown}`);
const names = positionals.length > 0 ? positionals : Object.keys(measures);
try {
  if (values.json !== undefined) closeSync(openSync(values.json, "a"));
} catch (error) {
  fail(`--json ${values.json} can't be written: ${(error as Error).message}`);
}
/** What another run has put there stays, unless it is measured again. */
const before = (values.json !== undefined && readFileSync(values.json, "utf8")) || "{}";
const figures: Record<string, unknown> = { ...(JSON.parse(before) as object), ...machine() };
for (const name of names) {
  const startedMs = performance.now();
  const measured = await measures[name]?.run(size);
  if (!measured) continue;
  Object.assign(figures, measured);
  console.log(tables(measured as Record<string, unknown>));
  console.log(`(${name}: ${Math.round((performance.now() - startedMs) / 1_000)} s)\n`);
  // After each: should a later one fail, what was measured is kept.
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(figures, null, 2)}\n`);
  if (values.results) writeFileSync(join(repoRoot, "bench/RESULTS.md"), resultsText(figures));
}
process.exit(0);
