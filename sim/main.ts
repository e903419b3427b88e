import { parseArgs } from "node:util";
import { type Outcome, simulate } from "./simulate.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "50" },
    "first-seed": { type: "string", default: "1" },
    json: { type: "boolean", default: false },
  },
});
const [seeds, first] = [Number(values.seeds), Number(values["first-seed"])];
if (!Number.isInteger(seeds) || seeds < 1 || !Number.isInteger(first)) {
  console.error("sim: --seeds takes a whole number from 1, --first-seed a whole number");
  process.exit(2);
}

const startedMs = performance.now();
const total = {
  seeds,
  townDays: 0,
  steps: 0,
  dispatches: 0,
  crashes: 0,
  alarms: 0,
  closed: 0,
  failed: 0,
  faults: {} as Outcome["faults"],
  violations: 0,
};
for (let seed = first; seed < first + seeds; seed++) {
  const outcome = await simulate({ seed });
  total.townDays += outcome.simulatedMs / 86_400_000;
  for (const key of ["steps", "dispatches", "crashes", "alarms", "closed", "failed"] as const)
    total[key] += outcome[key];
  for (const [fault, hits] of Object.entries(outcome.faults)) total.faults[fault] = (total.faults[fault] ?? 0) + hits;
  if (outcome.violations.length === 0) continue;
  total.violations++;
  process.stderr.write(`seed ${seed}: ${outcome.violations[0]}\n`);
}
const townDaysPerMinute = Math.round(total.townDays / ((performance.now() - startedMs) / 60_000));
console.log(values.json ? JSON.stringify({ ...total, townDaysPerMinute }) : { ...total, townDaysPerMinute });
process.exitCode = total.violations === 0 ? 0 : 1;
