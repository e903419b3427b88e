/**
 * What a year of a town costs: ten agents, thirty beads a working day, ordinary failures, weekends; lived through in fake
 * time by the real engine in workerd, whose own counts of rows these are: `npm run bench:year`.
 *
 * Usually some weeks are lived through, with things kept for two weeks, so that the last of them are as all later ones will be;
 * they are counted up to a year, and the answer says so (`lived`). `--whole` lives through all of it, in 20 minutes and more.
 */
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { readCommand } from "../cli/command.ts";
import { freePort } from "../cli/preflight.ts";
import type { Figures, Life } from "../sim/year/figures.ts";
import { prices } from "./prices.ts";
import { startWorkerd } from "./workerd.ts";

const YEAR = 365;
const WEEK = 7;
const MONTHS = 12;
const GIGABYTE = 1e9;
/** Of memory, while it is there. */
const OBJECT_GB = 0.128;
const HOUR_MS = 3_600_000;

const town = { seed: 1, agents: 10, beads: 30, prints: 0.5 };
/** What a town keeps by default. */
const usual = { days: 90, logDays: 7 };
const short = { days: 14, logDays: 7 };
const all = { days: null, logDays: null };
/** From the fourth week on as much goes as comes. */
const [FROM, UNTIL] = [21, 35];

type Counts = Omit<Figures, "violations" | "pruning" | "databaseBytes" | "left">;
const COUNTED = [
  "beads",
  "attempts",
  "passes",
  "alarms",
  "alarmsSet",
  "requests",
  "statements",
  "rowsRead",
  "rowsWritten",
  "awakeMs",
] as const satisfies (keyof Counts)[];

type Lived = (life: Life) => AsyncGenerator<{ day: number; figures: Figures }>;

export async function measureYear(whole = false) {
  const { lived, stop } = await workerd();
  try {
    const weeks = await sizes(lived);
    const { year, pruning, bytes } = whole ? await aWholeYear(lived) : await someWeeks(lived, weeks);
    return {
      days: YEAR,
      lived: whole ? YEAR : UNTIL,
      ...year,
      pruning,
      databaseBytes: bytes,
      bytesPer1000Beads: {
        withoutRetention: Math.round((1_000 * (weeks.bare + weeks.logs)) / weeks.beads),
        withRetention: Math.round((1_000 * bytes) / year.beads),
      },
      dollarsPerMonth: dollarsOf(year, bytes),
    };
  } finally {
    await stop();
  }
}

async function aWholeYear(lived: Lived) {
  const end = await last(lived({ ...town, days: YEAR, retention: usual }));
  const year = Object.fromEntries(COUNTED.map((key) => [key, end[key]])) as unknown as Counts;
  return { year, pruning: end.pruning, bytes: end.databaseBytes };
}

/** What a week of life takes on the disk, besides what any town does. What is deleted leaves free pages, so nothing is. */
async function sizes(lived: Lived) {
  const silent: Figures[] = [];
  for await (const { figures } of lived({ ...town, prints: 0, days: 2 * WEEK, retention: all })) silent.push(figures);
  const [one, two] = silent;
  if (!one || !two) throw new Error("a week is missing");
  const { databaseBytes } = await last(lived({ ...town, days: WEEK, retention: all }));
  const bare = two.databaseBytes - one.databaseBytes;
  return {
    beads: two.beads - one.beads,
    bare,
    logs: databaseBytes - one.databaseBytes,
    fixed: one.databaseBytes - bare,
  };
}

/** Counted up: a pass costs the same at any age of the town (test/town/reads.test.ts). */
async function someWeeks(lived: Lived, { bare, logs, fixed }: Awaited<ReturnType<typeof sizes>>) {
  let from: Figures | undefined;
  let until: Figures | undefined;
  for await (const { day, figures } of lived({ ...town, days: UNTIL, retention: short })) {
    if (day === FROM) from = figures;
    until = figures;
  }
  if (!from || !until) throw new Error("some weeks are missing");
  const [a, b] = [from, until];
  const ofAYear = (before: number, after: number) => Math.round(((after - before) * YEAR) / (UNTIL - FROM));
  const year = Object.fromEntries(COUNTED.map((key) => [key, ofAYear(a[key], b[key])])) as unknown as Counts;
  const pruning = {
    steps: ofAYear(a.pruning.steps, b.pruning.steps),
    rowsRead: ofAYear(a.pruning.rowsRead, b.pruning.rowsRead),
    rowsWritten: ofAYear(a.pruning.rowsWritten, b.pruning.rowsWritten),
  };
  const bytes = Math.round(fixed + (bare * usual.days + logs * usual.logDays) / WEEK);
  return { year, pruning, bytes };
}

async function last(weeks: ReturnType<Lived>): Promise<Figures> {
  let end: Figures | undefined;
  for await (const { figures } of weeks) end = figures;
  if (!end) throw new Error("nothing was lived through");
  return end;
}

/** By list price, and what of it is beyond the plan where this town is the only one. */
function dollarsOf({ requests, alarms, awakeMs, rowsRead, rowsWritten, alarmsSet }: Counts, bytes: number) {
  const list = prices();
  const used = {
    requests: (requests + alarms) / MONTHS,
    time: ((awakeMs / 1_000) * OBJECT_GB) / MONTHS,
    rowsRead: rowsRead / MONTHS,
    rowsWritten: (rowsWritten + alarmsSet) / MONTHS,
    storage: bytes / GIGABYTE,
  };
  const lines = (Object.keys(used) as (keyof typeof used)[]).map((key) => {
    const { included, dollars, per } = list[key];
    const cost = (amount: number) => Math.round((amount * dollars * 1e4) / per) / 1e4;
    return { what: key, used: used[key], listed: cost(used[key]), beyondPlan: cost(Math.max(0, used[key] - included)) };
  });
  const sum = (of: "listed" | "beyondPlan") =>
    Math.round(lines.reduce((total, line) => total + line[of], 0) * 100) / 100;
  return { lines, listed: sum("listed"), beyondPlan: sum("beyondPlan") };
}

async function workerd(): Promise<{ lived: Lived; stop: () => Promise<void> }> {
  const port = await freePort(0);
  const worker = await startWorkerd({ config: join(import.meta.dirname, "../sim/year/wrangler.toml"), port });
  const lived: Lived = async function* (life) {
    const answer = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: JSON.stringify(life) });
    if (!answer.body) throw new Error("nobody tells of the weeks");
    for await (const line of createInterface({ input: Readable.fromWeb(answer.body as never) })) {
      const week = JSON.parse(line) as { day: number; figures: Figures };
      if (week.figures.violations.length > 0) throw new Error(week.figures.violations.join("; "));
      yield week;
    }
  };
  return { lived, stop: worker.stop };
}

function tell({
  dollarsPerMonth,
  pruning,
  bytesPer1000Beads,
  awakeMs,
  ...counts
}: Awaited<ReturnType<typeof measureYear>>) {
  console.log(counts);
  console.log({ pruning, bytesPer1000Beads, awakeHours: Math.round(awakeMs / HOUR_MS) });
  const { lines, listed, beyondPlan } = dollarsPerMonth;
  console.table(lines.map((line) => ({ ...line, used: Math.round(line.used * 1_000) / 1_000 })));
  console.log(`a month: $${listed} by list price; $${beyondPlan} beyond what the plan of $5 includes`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = readCommand({
    name: "bench:year",
    usage: `Usage: npm run bench:year -- [options]

What a year of a town costs, lived through in fake time by the engine in workerd.

  --whole   all of it, in 20 minutes and more; else some weeks, counted up to a year
  --json    one JSON object on stdout
`,
    options: { json: { type: "boolean", default: false }, whole: { type: "boolean", default: false } },
  });
  const measured = await measureYear(values.whole);
  if (values.json) console.log(JSON.stringify(measured));
  else tell(measured);
  process.exit(0);
}
