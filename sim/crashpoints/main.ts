import { readCommand } from "../../cli/command.ts";
import { explore, type Failed, scenarios } from "./explore.ts";

const { values, whole, fail } = readCommand({
  name: "sim:crashpoints",
  usage: `Usage: npm run sim:crashpoints -- [options]

Scripted stories, with a death of the town before each statement, each commit and at each await.

  --scenario NAME   one of them (all)
  --every N         only each N-th point (1)
  --json            one JSON object on stdout
`,
  options: {
    scenario: { type: "string" },
    every: { type: "string", default: "1" },
    json: { type: "boolean", default: false },
  },
});
const every = whole("every");
const chosen = scenarios.filter(({ name }) => values.scenario === undefined || name === values.scenario);
if (chosen.length === 0)
  fail(`there is no scenario "${values.scenario}"; there are:\n  ${scenarios.map(({ name }) => name).join("\n  ")}`);

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
