import { parseArgs } from "node:util";
import { explore, type Failed, scenarios } from "./explore.ts";

const { values } = parseArgs({
  options: {
    scenario: { type: "string" },
    every: { type: "string", default: "1" },
    json: { type: "boolean", default: false },
  },
});
const every = Number(values.every);
const chosen = scenarios.filter(({ name }) => values.scenario === undefined || name === values.scenario);
if (!Number.isInteger(every) || every < 1 || chosen.length === 0) {
  console.error(`sim:crashpoints: --every takes a whole number from 1, --scenario one of:`);
  for (const { name } of scenarios) console.error(`  ${name}`);
  process.exit(2);
}

const startedMs = performance.now();
const failed: Failed[] = [];
let points = 0;
for (const scenario of chosen) {
  const begunMs = performance.now();
  const found = await explore(scenario, { every });
  points += found.points;
  failed.push(...found.failed);
  const seconds = ((performance.now() - begunMs) / 1_000).toFixed(1);
  process.stderr.write(
    `${scenario.name.padEnd(44)} ${String(found.points).padStart(6)} points ${seconds.padStart(6)} s ${found.failed.length === 0 ? "" : `FAILED ${found.failed.length}: ${JSON.stringify(found.failed[0])}`}\n`,
  );
}
const seconds = Math.round((performance.now() - startedMs) / 1_000);
const summary = { scenarios: chosen.length, points, failures: failed.length, seconds, failed };
console.log(values.json ? JSON.stringify(summary) : summary);
process.exitCode = failed.length === 0 ? 0 : 1;
