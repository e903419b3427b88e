import { readCommand } from "../../cli/command.ts";
import { calmHours } from "./calm.ts";
import { cases } from "./cases/index.ts";
import { playCase } from "./run.ts";

const { values, whole, fail } = readCommand({
  name: "chaos",
  usage: `Usage: npm run chaos -- [options]

Breaks a town in every way its health must tell, in fake time, and lives through healthy ones, which must raise no alarm.

  --only NAME     one case
  --hours N       healthy town-hours to live through (10000)
  --calm          those hours alone, and no case
  --first-seed K  of the healthy towns (1): other ones from another seed on
  --json          one line of JSON on stdout, the last one
`,
  options: {
    only: { type: "string" },
    hours: { type: "string", default: "10000" },
    calm: { type: "boolean", default: false },
    "first-seed": { type: "string", default: "1" },
    json: { type: "boolean", default: false },
  },
});
const hours = whole("hours", 0);
const chosen = cases.filter(({ name }) => !values.calm && (values.only === undefined || name === values.only));
if (chosen.length === 0 && !values.calm)
  fail(`there is no case ${values.only}; there are:\n  ${cases.map(({ name }) => name).join("\n  ")}`);

const outcomes = [];
for (const one of chosen) {
  const outcome = await playCase(one);
  outcomes.push(outcome);
  const { ok, name, verdict, detectedAfterMs, healedBy, logLines, items, verbs } = outcome;
  const after = detectedAfterMs === null ? "" : ` after ${(detectedAfterMs / 1_000).toFixed(0)} s`;
  process.stderr.write(
    `${ok ? "ok    " : "WRONG "} ${name.padEnd(56)} ${`${verdict ?? "well"}${after}`.padEnd(24)} ${logLines} lines  ${healedBy.join(", ")}\n`,
  );
  if (items.length > 0) process.stderr.write(`       ${items.join(", ")}: ${verbs.join(", ") || "heals by itself"}\n`);
  for (const wrong of outcome.wrong) process.stderr.write(`       ${wrong}\n`);
}
const calm = values.only === undefined && hours > 0 ? await calmHours(hours, whole("first-seed", 1)) : null;
if (calm)
  process.stderr.write(
    `${calm.ok ? "ok    " : "WRONG "} ${calm.townHours} calm town-hours, ${calm.falseAlarms} false alarms\n`,
  );
for (const alarm of calm?.alarms ?? []) process.stderr.write(`       ${alarm}\n`);
const summary = { cases: outcomes, calm, ok: outcomes.every(({ ok }) => ok) && (calm?.ok ?? true) };
if (values.json) console.log(JSON.stringify(summary));
process.exitCode = summary.ok ? 0 : 1;
