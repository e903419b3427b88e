import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readCommand } from "../../cli/command.ts";
import { mutants } from "./index.ts";
import type { Mutant } from "./mutant.ts";
import { type Limits, type Result, run } from "./run.ts";
import type { Killer } from "./trial.ts";

/** Where each was caught the last time: it is tried there first, and everywhere else if nothing is found. */
const KILLERS = join(import.meta.dirname, "killers.json");

const { values, whole, fail } = readCommand({
  name: "sim:mutants",
  usage: `Usage: npm run sim:mutants -- [options]

Puts known bugs of this field back, one at a time, and sees that each is caught: by its scenario, by seeds, by crash points.

  --only NAME,…   some of them (all)
  --seeds N       how many are tried (40)
  --points N      how many crash points are left out between two (none)
  --jobs J        at a time (2)
  --stuck-s S     after so much processor time without a step one never ends, which is caught too (60)
  --anew          forget where they were caught the last time
  --remember      write down where they were caught (sim/mutants/killers.json)
  --json          one JSON object on stdout
`,
  options: {
    seeds: { type: "string", default: "40" },
    only: { type: "string" },
    jobs: { type: "string", default: "2" },
    points: { type: "string" },
    "stuck-s": { type: "string", default: "60" },
    anew: { type: "boolean", default: false },
    remember: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});

function chosen(): Mutant[] {
  const names = values.only?.split(",") ?? mutants.map(({ name }) => name);
  return names.map(
    (name) => mutants.find((mutant) => mutant.name === name) ?? fail(`there is no mutant called ${name}`),
  );
}

const limits: Limits = {
  seeds: whole("seeds", 0),
  points: values.points === undefined ? null : whole("points"),
  stuckMs: whole("stuck-s") * 1_000,
};
const known: Record<string, Killer> = values.anew ? {} : JSON.parse(readFileSync(KILLERS, "utf8"));

type Line = Pick<Mutant, "name" | "why"> & Partial<Result> & { pending?: string };

const seedOf = ({ killer }: Line): number | null => (killer && "seed" in killer ? killer.seed : null);

function tell(line: Line): void {
  const { name, caught, by, broken, pending, ms } = line;
  const seed = seedOf(line);
  const verdict = pending ?? broken ?? (caught ? `caught${seed === null ? "" : ` by seed ${seed}`}` : "SURVIVED");
  const seconds = ms === undefined ? "" : `${(ms / 1_000).toFixed(0)} s`;
  process.stderr.write(`${name.padEnd(36)} ${verdict.padEnd(20)} ${seconds.padStart(6)}  ${by ?? ""}\n`);
}

async function tried({ name, why, edits, world, scenario, pending }: Mutant): Promise<Line> {
  if (pending !== undefined) return { name, why, pending };
  try {
    return { name, why, ...(await run({ edits, world, scenario, first: known[name] }, limits)) };
  } catch (error) {
    return { name, why, broken: String(error) }; // an edit that no longer fits
  }
}

/** In the order of the list, `jobs` at a time. */
async function all(list: readonly Mutant[], jobs: number): Promise<Line[]> {
  const lines: Line[] = new Array(list.length);
  const queue = list.entries();
  const worker = async () => {
    for (const [index, mutant] of queue) {
      const line = await tried(mutant);
      lines[index] = line;
      tell(line);
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  return lines;
}

/** In the order of their names, a line each: a change of one is a change of one line. */
function remember(lines: readonly Line[]): void {
  const killers = { ...known };
  for (const { name, killer } of lines) if (killer) killers[name] = killer;
  const text = Object.keys(killers)
    .toSorted()
    .map((name) => `  ${JSON.stringify(name)}: ${JSON.stringify(killers[name])}`)
    .join(",\n");
  writeFileSync(KILLERS, `{\n${text}\n}\n`);
}

for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130));

// What the program itself breaks says nothing about a mutant.
const control: Line = {
  name: "(control)",
  why: "no edits: nothing may be caught",
  ...(await run({ edits: [] }, limits)),
};
tell(control);
if (control.caught || control.broken) fail(`the unchanged program does not pass: ${control.by ?? control.broken}`);

const lines = await all(chosen(), whole("jobs"));
if (values.remember) remember(lines);
const names = (which: (line: Line) => boolean) => lines.filter(which).map(({ name }) => name);
const summary = {
  seeds: limits.seeds,
  control: { caught: false, ms: control.ms },
  tried: names(({ pending }) => pending === undefined).length,
  caught: names(({ caught }) => caught === true).length,
  survivors: names(({ caught, pending, broken }) => !caught && pending === undefined && broken === undefined),
  broken: names(({ broken }) => broken !== undefined),
  pending: names(({ pending }) => pending !== undefined),
};
console.log(values.json ? JSON.stringify({ ...summary, mutants: lines }) : summary);
process.exitCode = summary.survivors.length + summary.broken.length === 0 ? 0 : 1;
