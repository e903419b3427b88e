/**
 * `npm run test:liar`: a host program that lies, against a real town, over HTTP and joined. It tries every shape of answer and
 * report that we could think of, and the stories of what once broke; while it does, it looks at the town without a break.
 */
import { writeFileSync } from "node:fs";
import { readCommand } from "../../cli/command.ts";
import { parts } from "./parts/index.ts";
import { lie } from "./run.ts";
import { table } from "./table.ts";

const usage = `Usage: npm run test:liar -- [PART …] [flags]

A host that lies, against a real town in workerd. Exits 1 on any breach: a 5xx, a pass that threw, an invariant, memory
that rises by more than 100 MB in one part, a state more than ten times what was usefully sent, or a health that is slow.

${parts.map(({ name, what }) => `  ${name.padEnd(14)} ${what}`).join("\n")}

  --sample        some of each, within a minute
  --tries N       how often what is chance is tried (default 50; the whole proof is 1000)
  --health-ms N   the 99th percentile that health may take (default 100)
  --json FILE     the figures, as JSON
  --cold          nothing is warmed up before, so memory is not compared
  --keep          keeps the town's state and log, and says where`;

const { values, positionals, whole, fail } = readCommand({
  name: "liar",
  usage,
  allowPositionals: true,
  options: {
    sample: { type: "boolean", default: false },
    tries: { type: "string", default: "50" },
    "health-ms": { type: "string", default: "100" },
    json: { type: "string" },
    cold: { type: "boolean", default: false },
    keep: { type: "boolean", default: false },
  },
});
const wanted = positionals.length > 0 ? positionals : parts.map(({ name }) => name);
for (const name of wanted) if (!parts.some((part) => part.name === name)) fail(`there is no part ${name}`);

const result = await lie({
  parts: parts.filter(({ name }) => wanted.includes(name)),
  sample: values.sample,
  tries: whole("tries"),
  healthMs: whole("health-ms"),
  cold: values.cold,
  keep: values.keep,
  say: (line) => console.error(`liar: ${line}`),
});
console.log(table(result));
if (values.json) writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`);
process.exit(result.breaches.length > 0 ? 1 : 0);
